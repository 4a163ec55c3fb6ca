//! Shapes of the standard library's types, as serde stores them.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize, Saturating, Wrapping,
};
use std::ops::{Bound, Range, RangeFrom, RangeInclusive, RangeTo};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use eventide_lock::hash::fnv1a;

use super::{Field, Shape, Tagging, TypeShape, Variant};

macro_rules! scalars {
    ($($word:literal: $($ty:ty),+;)+) => {
        $($(impl Shape for $ty {
            const SHAPE: &'static TypeShape = &TypeShape::scalar($word);
        })+)+
    };
}
pub(super) use scalars;

scalars! {
    "bool": bool;
    "char": char;
    "f32": f32;
    "f64": f64;
    "i8": i8;
    "i16": i16;
    "i32": i32;
    "i64": i64, isize;
    "i128": i128;
    "u8": u8;
    "u16": u16;
    "u32": u32;
    "u64": u64, usize;
    "u128": u128;
    "nonzero-i8": NonZeroI8;
    "nonzero-i16": NonZeroI16;
    "nonzero-i32": NonZeroI32;
    "nonzero-i64": NonZeroI64, NonZeroIsize;
    "nonzero-i128": NonZeroI128;
    "nonzero-u8": NonZeroU8;
    "nonzero-u16": NonZeroU16;
    "nonzero-u32": NonZeroU32;
    "nonzero-u64": NonZeroU64, NonZeroUsize;
    "nonzero-u128": NonZeroU128;
    "string": str, String, Path, PathBuf;
    "ip": IpAddr;
    "ipv4": Ipv4Addr;
    "ipv6": Ipv6Addr;
    "socket": SocketAddr;
    "socket-v4": SocketAddrV4;
    "socket-v6": SocketAddrV6;
    "null": ();
}

impl<T: ?Sized> Shape for PhantomData<T> {
    const SHAPE: &'static TypeShape = <()>::SHAPE;
}

/// Types that are stored as what they hold.
macro_rules! same {
    ($([$($parameters:tt)+] $ty:ty => $inner:ty;)+) => {
        $(impl<$($parameters)+> Shape for $ty {
            const SHAPE: &'static TypeShape = <$inner>::SHAPE;
        })+
    };
}

same! {
    [T: Shape + ?Sized] &T => T;
    [T: Shape + ?Sized] Box<T> => T;
    [T: Shape + ?Sized] Rc<T> => T;
    [T: Shape + ?Sized] Arc<T> => T;
    [T: Shape + ToOwned + ?Sized] Cow<'_, T> => T;
    [T: Shape] Wrapping<T> => T;
    [T: Shape] Saturating<T> => T;
    [T: Shape] Reverse<T> => T;
}

impl<T: Shape> Shape for Option<T> {
    const SHAPE: &'static TypeShape = &TypeShape::optional(T::SHAPE);
}

impl<T: Shape, const N: usize> Shape for [T; N] {
    const SHAPE: &'static TypeShape = &TypeShape::array(T::SHAPE, N as u64);
}

/// Types that are stored as a list.
macro_rules! lists {
    ($([$($parameters:tt)+] $ty:ty;)+) => {
        $(impl<$($parameters)+> Shape for $ty {
            const SHAPE: &'static TypeShape = &TypeShape::list(T::SHAPE);
        })+
    };
}

lists! {
    [T: Shape] [T];
    [T: Shape] Vec<T>;
    [T: Shape] VecDeque<T>;
    [T: Shape] LinkedList<T>;
    [T: Shape] BinaryHeap<T>;
    [T: Shape] BTreeSet<T>;
    [T: Shape, S] HashSet<T, S>;
}

impl<K: Shape, V: Shape> Shape for BTreeMap<K, V> {
    const SHAPE: &'static TypeShape = &TypeShape::map(K::SHAPE, V::SHAPE);
}

impl<K: Shape, V: Shape, S> Shape for HashMap<K, V, S> {
    const SHAPE: &'static TypeShape = &TypeShape::map(K::SHAPE, V::SHAPE);
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*;)+) => {
        $(impl<$first: Shape $(, $rest: Shape)*> Shape for ($first, $($rest,)*) {
            const SHAPE: &'static TypeShape = &TypeShape::tuple(&[$first::SHAPE $(, $rest::SHAPE)*]);
        })+
    };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

const fn field<T: Shape>(name: &'static str) -> Field {
    Field::of::<T>(name, fnv1a(name.as_bytes()))
}

impl Shape for Duration {
    const SHAPE: &'static TypeShape =
        &TypeShape::strict_object(&[field::<u64>("secs"), field::<u32>("nanos")]);
}

impl Shape for SystemTime {
    const SHAPE: &'static TypeShape = &TypeShape::strict_object(&[
        field::<u64>("secs_since_epoch"),
        field::<u32>("nanos_since_epoch"),
    ]);
}

impl<T: Shape> Shape for Range<T> {
    const SHAPE: &'static TypeShape =
        &TypeShape::strict_object(&[field::<T>("start"), field::<T>("end")]);
}

impl<T: Shape> Shape for RangeInclusive<T> {
    const SHAPE: &'static TypeShape = <Range<T>>::SHAPE;
}

impl<T: Shape> Shape for RangeFrom<T> {
    const SHAPE: &'static TypeShape = &TypeShape::strict_object(&[field::<T>("start")]);
}

impl<T: Shape> Shape for RangeTo<T> {
    const SHAPE: &'static TypeShape = &TypeShape::strict_object(&[field::<T>("end")]);
}

const fn variant(name: &'static str, content: &'static TypeShape) -> Variant {
    Variant::new(name, fnv1a(name.as_bytes()), content)
}

impl<T: Shape> Shape for Bound<T> {
    const SHAPE: &'static TypeShape = &TypeShape::one_of(
        Tagging::External,
        &[
            variant("Unbounded", &TypeShape::scalar("unit")),
            variant("Included", T::SHAPE),
            variant("Excluded", T::SHAPE),
        ],
    );
}

impl<T: Shape, E: Shape> Shape for Result<T, E> {
    const SHAPE: &'static TypeShape = &TypeShape::one_of(
        Tagging::External,
        &[variant("Ok", T::SHAPE), variant("Err", E::SHAPE)],
    );
}
