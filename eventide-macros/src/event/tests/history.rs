#[automatically_derived]
impl e::__private::Event for OrderPlaced {
    const ALONE: e::__private::EventInfo = e::__private::EventInfo::new(
        "OrderPlaced",
        e::__private::SchemaVersion::new(3u32),
        ::core::concat!(::core::file!(), ":", ::core::line!()),
        "",
    )
    .was(&["OrderOpened"])
    .retired()
    .shape(&e::__private::TypeShape::object(&[
        e::__private::Field::of::<String>("who", 6829141595499096335u64),
        e::__private::Field::of::<Money>("grandTotal", 1140314179139042117u64),
        e::__private::Field::of::<Country>("country", 8607070979307499377u64),
        e::__private::Field::of::<Vec<String>>("gifts", 17887849117989443860u64),
    ]));
    const INFO: e::__private::EventInfo = Self::ALONE.step(e::__private::Step::Declared(
        &<OrderPlacedV2 as e::__private::Event>::INFO,
    ));
    fn tags(
        &self,
    ) -> ::core::result::Result<::std::vec::Vec<e::__private::Tag>, e::__private::InvalidTag> {
        ::core::result::Result::Ok(::std::vec::Vec::from([e::__private::Tag::new(
            "customer",
            &self.customer,
        )?]))
    }
    #[allow(unused_variables, reason = "a step from JSON looks nothing up")]
    #[inline]
    fn decode_older(
        recorded: &e::__private::RecordedEvent,
        lookups: &mut e::__private::Lookups,
    ) -> ::core::result::Result<Self, e::__private::DecodeError> {
        e::__private::step::<OrderPlacedV2, Self>(recorded, lookups)
    }
    fn visit_versions<__V: e::__private::EventVisitor>(visitor: &mut __V) {
        visitor.visit::<Self>();
        <OrderPlacedV2 as e::__private::Event>::visit_versions(visitor);
    }
}
#[automatically_derived]
impl<__S> e::__private::Asks<__S> for OrderPlaced
where
    OrderPlacedV2: e::__private::Asks<__S>,
{
    #[allow(unused_variables, reason = "there need not be a step that asks")]
    fn find(
        services: &__S,
        wanted: ::core::any::TypeId,
    ) -> ::core::option::Option<&(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync)>
    {
        <OrderPlacedV2 as e::__private::Asks<__S>>::find(services, wanted)
    }
}
#[automatically_derived]
impl e::__private::TryUpcast<OrderPlacedV2> for OrderPlaced {
    type Error = e::__private::FieldError;
    #[allow(
        deprecated,
        unused_variables,
        reason = "an older version need not have a field that is left"
    )]
    #[inline]
    fn try_upcast(old: OrderPlacedV2) -> ::core::result::Result<Self, e::__private::FieldError> {
        ::core::result::Result::Ok(Self {
            customer: old.client_name,
            grand_total: e::__private::converted::<Money, _>(
                "grandTotal",
                Money::parse(old.grand_total),
            )?,
            country: HOME,
            gifts: ::core::default::Default::default(),
        })
    }
}
#[doc = "[`OrderPlaced`] as it was in version 2."]
#[derive(
    :: core :: fmt :: Debug,
    :: core :: clone :: Clone,
    e :: __private :: serde :: Serialize,
    e :: __private :: serde :: Deserialize,
)]
#[serde(crate = "e::__private::serde")]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "a field is documented where it is declared")]
pub struct OrderPlacedV2 {
    #[doc = r" Who."]
    pub client_name: String,
    grand_total: String,
    #[doc = "Gone since version 3."]
    pub note: String,
}
#[automatically_derived]
impl e::__private::Event for OrderPlacedV2 {
    const ALONE: e::__private::EventInfo = e::__private::EventInfo::new(
        "OrderPlaced",
        e::__private::SchemaVersion::new(2u32),
        ::core::concat!(::core::file!(), ":", ::core::line!()),
        "[`OrderPlaced`] as it was in version 2.",
    )
    .was(&["OrderOpened"])
    .shape(&e::__private::TypeShape::object(&[
        e::__private::Field::of::<String>("clientName", 14715750262094584861u64),
        e::__private::Field::of::<String>("grandTotal", 1140314179139042117u64),
        e::__private::Field::of::<String>("note", 4321480622256717021u64),
    ]));
    const INFO: e::__private::EventInfo = Self::ALONE.step(e::__private::Below::<
        { e::__private::is_below::<OldOrderPlaced>(2u32) },
    >::written::<OldOrderPlaced>());
    #[allow(unused_variables, reason = "a step from JSON looks nothing up")]
    #[inline]
    fn decode_older(
        recorded: &e::__private::RecordedEvent,
        lookups: &mut e::__private::Lookups,
    ) -> ::core::result::Result<Self, e::__private::DecodeError> {
        e::__private::step::<OldOrderPlaced, Self>(recorded, lookups)
    }
    fn visit_versions<__V: e::__private::EventVisitor>(visitor: &mut __V) {
        visitor.visit::<Self>();
        <OldOrderPlaced as e::__private::Event>::visit_versions(visitor);
    }
}
#[automatically_derived]
impl<__S> e::__private::Asks<__S> for OrderPlacedV2
where
    OldOrderPlaced: e::__private::Asks<__S>,
{
    #[allow(unused_variables, reason = "there need not be a step that asks")]
    fn find(
        services: &__S,
        wanted: ::core::any::TypeId,
    ) -> ::core::option::Option<&(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync)>
    {
        <OldOrderPlaced as e::__private::Asks<__S>>::find(services, wanted)
    }
}
const _: () = e::__private::follows(
    &<OldOrderPlaced as e::__private::Event>::ALONE,
    &<OrderPlacedV2 as e::__private::Event>::ALONE,
);
