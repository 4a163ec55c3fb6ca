#[doc = "The events of [`Lamp`]."]
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[allow(
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    reason = "named and sized by what is listed"
)]
pub enum LampEvent {
    #[doc = "The event [`SwitchedOn`]."]
    SwitchedOn(SwitchedOn),
}
#[automatically_derived]
impl ::core::convert::From<SwitchedOn> for LampEvent {
    fn from(it: SwitchedOn) -> Self {
        Self::SwitchedOn(it)
    }
}
#[doc = "The commands of [`Lamp`]."]
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[allow(
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    reason = "named and sized by what is listed"
)]
pub enum LampCommand {
    #[doc = "The command [`SwitchOn`]."]
    SwitchOn(SwitchOn),
}
#[automatically_derived]
impl ::core::convert::From<SwitchOn> for LampCommand {
    fn from(it: SwitchOn) -> Self {
        Self::SwitchOn(it)
    }
}
#[automatically_derived]
impl e::__private::EventSet for LampEvent {
    const INFOS: &'static [e::__private::EventInfo] = &[<SwitchedOn as e::__private::Event>::INFO];
    fn info(&self) -> &'static e::__private::EventInfo {
        match *self {
            Self::SwitchedOn(_) => &<SwitchedOn as e::__private::Event>::INFO,
        }
    }
    fn encode(
        &self,
    ) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, e::__private::EncodeError>
    {
        match *self {
            Self::SwitchedOn(ref it) => <SwitchedOn as e::__private::Event>::encode(it),
        }
    }
    fn tags(
        &self,
    ) -> ::core::result::Result<::std::vec::Vec<e::__private::Tag>, e::__private::InvalidTag> {
        match *self {
            Self::SwitchedOn(ref it) => <SwitchedOn as e::__private::Event>::tags(it),
        }
    }
    #[allow(unused_variables, reason = "there need not be an event")]
    fn decode(
        recorded: &e::__private::RecordedEvent,
        lookups: &mut e::__private::Lookups,
        events: &mut ::std::vec::Vec<Self>,
    ) -> ::core::result::Result<(), e::__private::DecodeError> {
        if <SwitchedOn as e::__private::Event>::INFO.is_stored_as(&recorded.event_type) {
            let it = <SwitchedOn as e::__private::Event>::decode_payload(recorded, lookups)?;
            events.push(Self::SwitchedOn(it));
            return ::core::result::Result::Ok(());
        }
        ::core::result::Result::Err(e::__private::unknown_event(recorded, Self::INFOS))
    }
    #[allow(unused_variables, reason = "there need not be an event")]
    fn visit<__V: e::__private::EventVisitor>(visitor: &mut __V) {
        <SwitchedOn as e::__private::Event>::visit_versions(visitor);
    }
}
#[automatically_derived]
impl e::__private::Asks<()> for LampEvent {
    #[allow(unused_variables, reason = "there need not be an event")]
    fn find(
        services: &(),
        wanted: ::core::any::TypeId,
    ) -> ::core::option::Option<&(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync)> {
        if let ::core::option::Option::Some(found) = <SwitchedOn as e::__private::Asks<()>>::find(services, wanted) {
            return ::core::option::Option::Some(found);
        }
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl e::__private::EventOf<Lamp> for SwitchedOn {}
#[automatically_derived]
impl e::__private::Outcome<Lamp> for SwitchedOn {
    fn record(
        self,
        events: &mut ::std::vec::Vec<LampEvent>,
    ) -> ::core::result::Result<(), Refused> {
        events.push(LampEvent::SwitchedOn(self));
        ::core::result::Result::Ok(())
    }
    const RETIRED: ::core::option::Option<&'static ::core::primitive::str> =
        e::__private::retired(&[<SwitchedOn as e::__private::Event>::INFO]);
    fn describe(events: &mut ::std::vec::Vec<e::__private::EventInfo>) {
        events.push(<SwitchedOn as e::__private::Event>::INFO);
    }
}
#[automatically_derived]
impl e::__private::Outcome<Lamp> for LampEvent {
    fn record(
        self,
        events: &mut ::std::vec::Vec<LampEvent>,
    ) -> ::core::result::Result<(), Refused> {
        events.push(self);
        ::core::result::Result::Ok(())
    }
    const RETIRED: ::core::option::Option<&'static ::core::primitive::str> =
        e::__private::retired(<LampEvent as e::__private::EventSet>::INFOS);
    fn describe(events: &mut ::std::vec::Vec<e::__private::EventInfo>) {
        events.extend_from_slice(<LampEvent as e::__private::EventSet>::INFOS);
    }
}
#[automatically_derived]
impl e::__private::CommandSet for LampCommand {
    type Id = LampId;
    const INFOS: &'static [e::__private::CommandInfo] = &[e::__private::command_info::<SwitchOn>()];
    fn info(&self) -> &'static e::__private::CommandInfo {
        match *self {
            Self::SwitchOn(_) => const { &e::__private::command_info::<SwitchOn>() },
        }
    }
    fn aggregate_id(&self) -> &Self::Id {
        match *self {
            Self::SwitchOn(ref it) => e::__private::aggregate_id::<SwitchOn>(it),
        }
    }
    fn validate(&self) -> ::core::result::Result<(), e::__private::InvalidCommand> {
        match *self {
            Self::SwitchOn(ref it) => e::__private::validate_command::<SwitchOn>(it),
        }
    }
    #[allow(unused_variables, reason = "there need not be a command")]
    fn deserialize<'de, __D: e::__private::Deserializer<'de>>(
        name: &::core::primitive::str,
        from: __D,
    ) -> ::core::option::Option<::core::result::Result<Self, __D::Error>> {
        if e::__private::command_is::<SwitchOn>(name) {
            let command = e::__private::deserialize_command::<SwitchOn, __D>(from);
            return ::core::option::Option::Some(command.map(Self::SwitchOn));
        }
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl e::__private::CommandOfOneAggregate for SwitchOn {
    type Aggregate = Lamp;
}
#[automatically_derived]
impl e::__private::Aggregate for Lamp {
    const INFO: e::__private::AggregateInfo = e::__private::AggregateInfo::new(
        "Lamp",
        <LampEvent as e::__private::EventSet>::INFOS,
        <LampCommand as e::__private::CommandSet>::INFOS,
        ::core::concat!(::core::file!(), ":", ::core::line!()),
        "",
    );
    const SNAPSHOT: ::core::option::Option<e::__private::SnapshotSpec<Self>> =
        ::core::option::Option::None;
    type Id = LampId;
    type Event = LampEvent;
    type Command = LampCommand;
    type Error = Refused;
    type Services = ();
    fn apply(&mut self, event: &LampEvent) {
        match *event {
            LampEvent::SwitchedOn(ref it) => <Lamp as e::__private::Apply<SwitchedOn>>::apply(self, it),
        }
    }
    #[allow(unused_variables, reason = "there need not be an event")]
    fn apply_recorded(
        &mut self,
        recorded: &e::__private::RecordedEvent,
        lookups: &mut e::__private::Lookups,
    ) -> ::core::result::Result<(), e::__private::DecodeError> {
        if <SwitchedOn as e::__private::Event>::INFO.is_stored_as(&recorded.event_type) {
            let it = <SwitchedOn as e::__private::Event>::decode_payload(recorded, lookups)?;
            <Lamp as e::__private::Apply<SwitchedOn>>::apply(self, &it);
            return ::core::result::Result::Ok(());
        }
        ::core::result::Result::Err(e::__private::unknown_event(
            recorded,
            <LampEvent as e::__private::EventSet>::INFOS,
        ))
    }
    #[allow(unused_variables, reason = "there need not be a command")]
    fn decide(
        &self,
        command: LampCommand,
        ctx: &e::__private::Context<'_, Self::Services>,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<::std::vec::Vec<LampEvent>, Refused>,
    > + ::core::marker::Send {
        async move {
            match command {
                LampCommand::SwitchOn(it) => <Lamp as e::__private::Handle<SwitchOn>>::events_of(self, it, ctx).await,
            }
        }
    }
}
#[automatically_derived]
impl<__Services> e::__private::ServedBy<__Services> for Lamp {
    fn services(_: &__Services) -> &() {
        &()
    }
}
#[automatically_derived]
#[allow(unused_variables, reason = "there need not be an event")]
impl<__R> e::__private::ObservedBy<__R> for Lamp
where
    __R: e::__private::ReadModel + e::__private::Observe<SwitchedOn>,
{
    const OBSERVED: &'static [e::__private::Observed] = &[
        <__R as e::__private::Observe<SwitchedOn>>::OBSERVED,
    ];
    fn hand<'__e, __T: e::__private::Taker<'__e, __R>>(
        event: &'__e LampEvent,
        to: __T,
    ) -> __T::Given {
        match *event {
            LampEvent::SwitchedOn(ref it) => to.take(it),
        }
    }
}
const _: () = {
    let names = e::__private::Names::of_events(&<Lamp as e::__private::Aggregate>::INFO);
    let names = names.next();
    names.end();
};
const _: () = {
    let names = e::__private::Names::of_commands(&<Lamp as e::__private::Aggregate>::INFO);
    let names = names.next();
    names.end();
};
