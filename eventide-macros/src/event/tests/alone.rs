#[automatically_derived]
impl ::eventide::__private::Event for OrderPlaced {
    const ALONE: ::eventide::__private::EventInfo = ::eventide::__private::EventInfo::new(
        "order-placed",
        ::eventide::__private::SchemaVersion::new(1u32),
        ::core::concat!(::core::file!(), ":", ::core::line!()),
        "A customer placed an order.",
    )
    .shape(&::eventide::__private::TypeShape::object(&[
        ::eventide::__private::Field::of::<u32>("customer", 10531231725029507641u64),
        ::eventide::__private::Field::of::<String>("type", 12075340201627130925u64),
        ::eventide::__private::Field::of::<u64>("total", 3300820206774538237u64),
    ]));
    const INFO: ::eventide::__private::EventInfo = Self::ALONE;
    fn tags(
        &self,
    ) -> ::core::result::Result<
        ::std::vec::Vec<::eventide::__private::Tag>,
        ::eventide::__private::InvalidTag,
    > {
        ::core::result::Result::Ok(::std::vec::Vec::from([
            ::eventide::__private::Tag::new("customer", &self.customer)?,
            ::eventide::__private::Tag::new("land", &self.r#type)?,
        ]))
    }
}
#[automatically_derived]
impl<__S> ::eventide::__private::Asks<__S> for OrderPlaced {
    #[allow(unused_variables, reason = "there need not be a step that asks")]
    fn find(
        services: &__S,
        wanted: ::core::any::TypeId,
    ) -> ::core::option::Option<&(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync)>
    {
        ::core::option::Option::None
    }
}
