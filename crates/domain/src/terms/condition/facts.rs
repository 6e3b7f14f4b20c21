//! Facts as CEL sees them. A fact is copied or built only when the condition asks for it.

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer};
use cel::common::types::{CelBool, CelInt, CelString, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;

use crate::terms::activity::{AttributeValue, Attributes};

/// Facts of an activity that a condition may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Further facts, by name.
    pub attributes: &'a Attributes,
    /// Value of the order, in minor units, if the activity has one.
    pub amount_minor: Option<i64>,
    /// The member who is credited.
    pub member: &'a str,
    /// The other member on whose act the activity rests, if any.
    pub counterparty: Option<&'a str>,
    /// Subject of the activity, if any.
    pub subject: Option<&'a str>,
    /// The source that reports the activity.
    pub source: &'a str,
}

/// Variables of a condition that are values by themselves. `attributes` is a value only together with a name.
pub(super) const VALUES: [&str; 5] = ["amount_minor", "member", "counterparty", "subject", "source"];

/// The variable that holds further facts by name.
pub(super) const ATTRIBUTES: &str = "attributes";

impl VariableResolver for Facts<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let text = |text: &'b str| Some(CowVal::owned(CelString::from(text)));
        match variable {
            ATTRIBUTES => Some(CowVal::owned(Named(self.attributes))),
            "amount_minor" => self.amount_minor.map(|amount| CowVal::owned(CelInt::from(amount))),
            "member" => text(self.member),
            "counterparty" => text(self.counterparty.unwrap_or_default()),
            "subject" => text(self.subject.unwrap_or_default()),
            "source" => text(self.source),
            _ => None,
        }
    }
}

/// Attributes, as a map from texts.
#[derive(Debug, Clone, Copy)]
struct Named<'a>(&'a Attributes);

impl Val for Named<'_> {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Container for Named<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        name(key).map(|name| self.0.contains_key(name))
    }
}

impl Indexer for Named<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = name(key)?;
        match self.0.get(name) {
            Some(AttributeValue::Text(text)) => Ok(CowVal::owned(CelString::from(text.as_str()))),
            Some(AttributeValue::Number(number)) => Ok(CowVal::owned(CelInt::from(*number))),
            Some(AttributeValue::Flag(flag)) => Ok(CowVal::owned(CelBool::from(*flag))),
            // The language has no exact type for a decimal, and a float would not be exact.
            Some(AttributeValue::Decimal(_)) => Err(ExecutionError::UnexpectedType {
                got: "decimal".to_owned(),
                want: "string, int or bool".to_owned(),
            }),
            None => Err(ExecutionError::no_such_key(name)),
        }
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

fn name<'k>(key: &'k (dyn Val + '_)) -> Result<&'k str, ExecutionError> {
    key.downcast_ref::<CelString<'_>>().map(CelString::inner).ok_or_else(|| ExecutionError::UnexpectedType {
        got: key.get_type().name().to_owned(),
        want: "string".to_owned(),
    })
}
