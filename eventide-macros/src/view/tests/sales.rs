#[automatically_derived]
impl e::__private::ReadModel for Sales {
    const INFO: e::__private::ReadModelInfo = e::__private::ReadModelInfo::new(
        "sales",
        2u32,
        &[
            e::__private::Column::indexed("orders", <i64 as e::__private::ColumnType>::KIND),
            e::__private::Column::unique("type", <Option<String> as e::__private::ColumnType>::KIND)
        ],
        &[<Order as e::__private::Aggregate>::INFO],
        ::core::concat!(::core::file!(), ":", ::core::line!()),
        "What was sold.",
    );
    type Kind = e::__private::Folded;
    type Key = Country;
    #[allow(unused_variables, reason = "there need not be an aggregate")]
    fn visit<__O: e::__private::Observer<Self>>(observer: &mut __O) {
        <Order as e::__private::ObservedBy<Sales>>::show(observer);
    }
}
#[automatically_derived]
impl e::__private::View for Sales {
    const FIELDS: &'static [&'static ::core::primitive::str] = &["orders", "lines", "type"];
    fn columns(&self) -> ::std::vec::Vec<e::__private::ColumnValue> {
        ::std::vec::Vec::from([
            <i64 as e::__private::ColumnType>::to_column(&self.orders),
            <Option<String> as e::__private::ColumnType>::to_column(&self.r#type)
        ])
    }
}
#[automatically_derived]
impl<__D: e::__private::Domain> e::__private::ViewOf<__D> for Sales
where
    __D: e::__private::Contains<Order>,
    Order: e::__private::ServedBy<<__D as e::__private::Domain>::Services>,
{
    #[allow(unused_variables, reason = "there need not be an aggregate")]
    fn visit_served<__O>(observer: &mut __O)
    where
        __O: e::__private::ServedObserver<Self, <__D as e::__private::Domain>::Services>,
    {
        <Order as e::__private::ObservedBy<Sales>>::show_served::<<__D as e::__private::Domain>::Services, __O>(observer);
    }
}
impl Sales {
    #[doc = "The column `orders`."]
    #[allow(dead_code, reason = "not every column is looked by")]
    const ORDERS: e::__private::ViewColumn<Self, i64> = e::__private::ViewColumn::new("orders");
    #[doc = "The column `type`."]
    #[allow(dead_code, reason = "not every column is looked by")]
    pub const TYPE: e::__private::ViewColumn<Self, Option<String> > = e::__private::ViewColumn::new("type");
}
#[automatically_derived]
impl e::__private::Observe<LineAdded> for Sales {
    const RULE: e::__private::KeyRule = e::__private::KeyRule::Ignored;
    fn observe<'__a>(
        _: e::__private::Folding<'__a, Self, LineAdded>,
    ) -> ::core::result::Result<e::__private::Change, e::__private::BoxError>
    where
        '__a: '__a,
    {
        ::core::result::Result::Ok(e::__private::Change::Keep)
    }
}
const _: () = e::__private::observes_event(
    "view",
    &<Sales as e::__private::ReadModel>::INFO,
    &<LineAdded as e::__private::Event>::INFO,
    "ignores",
);
const _: () = {
    #[allow(unused_imports, reason = "not needed where both types are one")]
    use e::__private::Differ as _;
    e::__private::finds_documents(
        &<Sales as e::__private::ReadModel>::INFO,
        &<Order as e::__private::Aggregate>::INFO,
        <Order as e::__private::ObservedBy<Sales>>::OBSERVED,
        e::__private::Same::<
            <Sales as e::__private::ReadModel>::Key,
            <Order as e::__private::Aggregate>::Id,
        >::SAME,
    );
};
