//! The SQL, once for both databases.

use eventide::read_model::ReadModelInfo;

use super::By;

/// Two orders may call an article by other words: the later one counts, whichever is written first.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS @orders (
        number @text NOT NULL PRIMARY KEY,
        country @text NOT NULL,
        month @text
    );
    CREATE TABLE IF NOT EXISTS @lines (
        number @text NOT NULL,
        line bigint NOT NULL,
        article @text NOT NULL,
        quantity bigint NOT NULL,
        amount bigint NOT NULL,
        PRIMARY KEY (number, line)
    );
    CREATE TABLE IF NOT EXISTS @articles (
        article @text NOT NULL PRIMARY KEY,
        description @text NOT NULL,
        said_at bigint NOT NULL,
        said_in @text NOT NULL
    );";

const PLACED: &str = "INSERT INTO @orders (number, country) VALUES ($1, $2)";

const CONFIRMED: &str = "UPDATE @orders SET month = $2 WHERE number = $1";

const LINES: &str = "INSERT INTO @lines (number, line, article, quantity, amount) ";

const CALLED: &str = "INSERT INTO @articles AS known (article, description, said_at, said_in) ";

const CALLED_LATER: &str = " ON CONFLICT (article) DO UPDATE
    SET description = excluded.description, said_at = excluded.said_at, said_in = excluded.said_in
    WHERE (excluded.said_at, excluded.said_in) >= (known.said_at, known.said_in)";

const BEST: &str = "
    SELECT line.article, max(article.description), CAST(sum(line.quantity) AS bigint),
        count(DISTINCT line.number), CAST(sum(line.amount) AS bigint)
    FROM @lines AS line
    JOIN @orders AS placed ON placed.number = line.number
    LEFT JOIN @articles AS article ON article.article = line.article
    WHERE placed.month IS NOT NULL
        AND (CAST($1 AS text) IS NULL OR placed.country = $1)
        AND (CAST($2 AS text) IS NULL OR placed.month = $2)
    GROUP BY line.article
    ORDER BY sum(line.{rank}) DESC, line.article
    LIMIT $3";

/// The statements for one database.
#[derive(Debug, Clone)]
pub struct Sql {
    pub tables: String,
    pub placed: String,
    pub confirmed: String,
    pub lines: String,
    pub called: String,
    best: String,
}

impl Sql {
    /// The statements on the tables of this version of the projection: those of another one are
    /// others, so that both may be there side by side.
    ///
    /// `place` stands before the name of a table, `text` is the type of texts that are sorted by
    /// their bytes, `parameter` stands before the number of a parameter; `given` makes rows of the
    /// parameters of so many columns.
    pub fn new(
        info: &ReadModelInfo,
        (place, text, parameter): (&str, &str, &str),
        given: impl Fn(usize) -> String,
    ) -> Self {
        let tables = format!("{place}best_sellers_v{}_", info.version);
        let of = |sql: &str| {
            let sql = sql.replace('$', parameter).replace("@text", text);
            sql.replace('@', &tables)
        };
        Self {
            tables: of(TABLES),
            placed: of(PLACED),
            confirmed: of(CONFIRMED),
            lines: of(&(LINES.to_owned() + &given(5))),
            called: of(&(CALLED.to_owned() + &given(4) + CALLED_LATER)),
            best: of(BEST),
        }
    }

    /// The question for the best articles.
    pub fn best(&self, by: By) -> String {
        let rank = match by {
            By::Quantity => "quantity",
            By::Revenue => "amount",
        };
        self.best.replace("{rank}", rank)
    }
}

/// The parameters of so many columns: `$1, $2`.
pub fn parameters(columns: usize) -> String {
    let all: Vec<_> = (1..=columns).map(|number| format!("${number}")).collect();
    all.join(", ")
}
