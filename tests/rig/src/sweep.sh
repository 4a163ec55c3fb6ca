# Waits until standard input closes, which it does however its owner ends. Then ends every process
# of the server in folder $1, and removes the folder.
trap '' HUP INT QUIT TERM
while read -r _; do :; done
data=$1/data

# All processes of a PostgreSQL server work in its data folder, orphaned backends too; before that
# they start in $1, and so do initdb and pg_basebackup.
tries=0
while [ "$tries" -lt 1000 ]; do
    found=
    for process in /proc/[0-9]*; do
        if [ "$process/cwd" -ef "$data" ] || [ "$process/cwd" -ef "$1" ]; then
            kill -KILL "${process#/proc/}" 2>/dev/null
            found=yes
        fi
    done
    [ -n "$found" ] || break
    tries=$((tries + 1))
    sleep 0.01
done

# A killed postmaster leaves its System V segment; the seventh line of its file names it.
if [ -f "$data/postmaster.pid" ]; then
    segment=$(sed -n 7p "$data/postmaster.pid" | tr -s ' ' | sed 's/^ //')
    while read -r key id _; do
        if [ "$key $id" = "$segment" ]; then
            ipcrm -m "$id"
        fi
    done </proc/sysvipc/shm
fi

# What still ran may have added a file while the folder was removed.
tries=0
while [ -e "$1" ] && [ "$tries" -lt 100 ]; do
    rm -rf "$1" 2>/dev/null || sleep 0.01
    tries=$((tries + 1))
done
[ ! -e "$1" ]
