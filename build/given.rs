//! Generates the code that writes a client's fields, for every message of a call that records something. The layout is
//! that of `crates/domain/src/entry/digest.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, Value};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Messages of the calls. A batch or a stream of activities brings several of the first.
const COMMANDS: [&str; 59] = [
    "RecordActivityRequest",
    "ReverseActivityRequest",
    "RestoreActivityRequest",
    "RefundActivityRequest",
    "ConfirmActivityRequest",
    "CreateHoldRequest",
    "CaptureHoldRequest",
    "ReleaseHoldRequest",
    "RedeemPointsRequest",
    "RefundRedemptionRequest",
    "AdjustPointsRequest",
    "ApproveAdjustmentRequest",
    "RejectAdjustmentRequest",
    "BatchApproveAdjustmentsRequest",
    "BatchRejectAdjustmentsRequest",
    "CreateProgramRequest",
    "UpdateProgramRequest",
    "ApproveProgramUpdateRequest",
    "RejectProgramUpdateRequest",
    "PublishRuleSetRequest",
    "SuspendMemberRequest",
    "ReinstateMemberRequest",
    "BanMemberRequest",
    "UpdateMemberProfileRequest",
    "LiftBanRequest",
    "ApproveBanLiftRequest",
    "RejectBanLiftRequest",
    "MergeMembersRequest",
    "ApproveMergerRequest",
    "RejectMergerRequest",
    "CreateSavingsStatementRequest",
    "ApproveSavingsStatementRequest",
    "RejectSavingsStatementRequest",
    "CorrectSavingsStatementRequest",
    "CreatePayoutRequest",
    "ApprovePayoutRequest",
    "ExecutePayoutRequest",
    "CancelPayoutRequest",
    "RejectPayoutRequest",
    "AddListRowsRequest",
    "SetPayoutChoiceRequest",
    "CloseChoicesRequest",
    "ApproveClosingRequest",
    "RejectClosingRequest",
    "LapseMoneyRequest",
    "ApproveLapseRequest",
    "RejectLapseRequest",
    "CreateBatchRequest",
    "ApproveBatchRequest",
    "CancelBatchRequest",
    "ExportBatchRequest",
    "SetPayeeRequest",
    "RemovePayeeRequest",
    "RetryPaymentRequest",
    "PaymentReport",
    "AdoptProgramRequest",
    "ChangeAccessRequest",
    "ApproveAccessChangeRequest",
    "RejectAccessChangeRequest",
];

/// `OUTPUT_ONLY` of `google.api.FieldBehavior`.
const OUTPUT_ONLY: i32 = 3;

/// The time type is prost's own, so a type of ours writes it.
const TIME: &str = "google.protobuf.Timestamp";
const TIME_IMPL: &str = "
struct Time<'a>(&'a ::prost_types::Timestamp);

impl Given for Time<'_> {
    fn write(&self, values: &mut Values) {
        values.field(1, &self.0.seconds);
        values.field(2, &self.0.nanos);
    }
}
";

/// Output of the generator.
#[derive(Default)]
pub(super) struct Generated {
    /// Implementations of `Given`. They are included where `goodturn` and `google` are the modules of the packages.
    pub(super) code: String,
    /// Every field that counts: message, number, name, type, and the value at which it is absent.
    pub(super) fields: String,
}

/// Generates code for those of the messages that exist.
pub(super) fn generate(pool: &DescriptorPool) -> Result<Generated> {
    let named = COMMANDS.iter().filter_map(|name| pool.get_message_by_name(&format!("goodturn.v1.{name}")));
    let mut open: Vec<MessageDescriptor> = named.collect();
    let mut found = BTreeMap::new();
    while let Some(message) = open.pop() {
        if found.contains_key(message.full_name()) {
            continue;
        }
        let given = given_fields(pool, &message)?;
        open.extend(given.iter().filter_map(|field| message_of(field).or_else(|| message_of(&map_value(field)?))));
        found.insert(message.full_name().to_owned(), (message, given));
    }
    let mut generated = Generated { code: TIME_IMPL.into(), ..Generated::default() };
    for (message, fields) in found.values() {
        let mut body = String::new();
        for field in fields {
            writeln!(body, "        {}", statement(message, field)?)?;
            let (name, number, of) = (message.name(), field.number(), type_of(field)?);
            writeln!(generated.fields, "{name} {number} {} {of} {}", field.name(), absent(field))?;
        }
        if message.full_name() != TIME {
            let path = rust_path(message)?;
            let code = format!("    fn write(&self, values: &mut Values) {{\n{body}    }}");
            write!(generated.code, "\nimpl Given for {path} {{\n{code}\n}}\n")?;
        }
    }
    Ok(generated)
}

/// Returns the fields of a message that a client gives, by ascending number.
fn given_fields(pool: &DescriptorPool, message: &MessageDescriptor) -> Result<Vec<FieldDescriptor>> {
    let behavior = pool.get_extension_by_name("google.api.field_behavior").ok_or("field behaviours are not known")?;
    let is_output_only = |field: &FieldDescriptor| {
        let options = field.options();
        let behaviors = options.get_extension(&behavior);
        behaviors.as_list().is_some_and(|all| all.contains(&Value::EnumNumber(OUTPUT_ONLY)))
    };
    let mut fields: Vec<_> = message.fields().filter(|field| !is_output_only(field)).collect();
    fields.sort_by_key(FieldDescriptor::number);
    Ok(fields)
}

fn message_of(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    field.kind().as_message().filter(|message| !message.is_map_entry()).cloned()
}

fn map_value(field: &FieldDescriptor) -> Option<FieldDescriptor> {
    field.is_map().then(|| field.kind().as_message().map(MessageDescriptor::map_entry_value_field)).flatten()
}

/// Returns the statement that writes a field.
fn statement(message: &MessageDescriptor, field: &FieldDescriptor) -> Result<String> {
    let (number, name) = (field.number(), field.name());
    let is_time = message_of(field).is_some_and(|message| message.full_name() == TIME);
    Ok(match field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
        _ if is_time && !(field.is_list() || field.is_map() || field.containing_oneof().is_some()) => {
            format!("values.present({number}, self.{name}.as_ref().map(Time).as_ref());")
        }
        _ if is_time => return Err(format!("{}: a time here is not provided for", field.full_name()).into()),
        Some(oneof) => {
            let (module, choice) = (module_path(message)?, camel(oneof.name()));
            let variant = format!("{module}::{}::{choice}::{}", snake(message.name()), camel(name));
            let set = format!("if let Some({variant}(value)) = &self.{}", oneof.name());
            format!("{set} {{ values.present({number}, Some(value)); }}")
        }
        None if field.is_map() => format!("values.map({number}, &self.{name});"),
        None if field.is_list() => format!("values.list({number}, &self.{name});"),
        None if field.supports_presence() => format!("values.present({number}, self.{name}.as_ref());"),
        None => format!("values.field({number}, &self.{name});"),
    })
}

/// Returns the type of a field's value, in the layout's words.
fn type_of(field: &FieldDescriptor) -> Result<String> {
    if let Some(value) = map_value(field) {
        return Ok(format!("map<text,{}>", type_of(&value)?));
    }
    let one = match field.kind() {
        Kind::Int32 | Kind::Int64 | Kind::Enum(_) => "integer".into(),
        Kind::Bool => "flag".into(),
        Kind::String => "text".into(),
        Kind::Bytes => "bytes".into(),
        Kind::Message(message) => format!("message:{}", message.name()),
        kind => return Err(format!("{}: the layout of values has no {kind:?}", field.full_name()).into()),
    };
    Ok(if field.is_list() { format!("list<{one}>") } else { one })
}

/// Returns the value at which a field is absent.
fn absent(field: &FieldDescriptor) -> &'static str {
    match field.kind() {
        _ if field.is_list() || field.is_map() => "empty",
        _ if field.supports_presence() => "unset",
        Kind::String => "\"\"",
        Kind::Bool => "false",
        Kind::Bytes => "empty",
        _ => "0",
    }
}

fn module_path(message: &MessageDescriptor) -> Result<&'static str> {
    match message.package_name() {
        "goodturn.v1" => Ok("goodturn::v1"),
        "google.type" => Ok("google::r#type"),
        package => Err(format!("{package}: its messages are not provided for").into()),
    }
}

fn rust_path(message: &MessageDescriptor) -> Result<String> {
    Ok(format!("{}::{}", module_path(message)?, message.name()))
}

fn camel(snake: &str) -> String {
    snake.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

fn snake(camel: &str) -> String {
    let parts = camel.chars().enumerate().flat_map(|(at, c)| {
        let border = (at > 0 && c.is_uppercase()).then_some('_');
        border.into_iter().chain(c.to_lowercase())
    });
    parts.collect()
}
