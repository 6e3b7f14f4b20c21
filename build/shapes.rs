//! Generates the shapes of requests: which of their fields are lists or messages. By them, what a request would become in
//! memory is counted before it is built.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

/// Returns code for the bytes that an item of a field takes in memory: those of its struct, or of a text.
fn size(field: &FieldDescriptor) -> Result<String> {
    if field.is_map() {
        let kind = field.kind();
        let entry = kind.as_message().ok_or("a map without entries")?;
        return Ok(format!("{TEXT} + {}", size(&entry.map_entry_value_field())?));
    }
    match field.kind() {
        Kind::Message(of) => Ok(format!("size_of::<{}>()", rust_type(&of)?)),
        Kind::String | Kind::Bytes => Ok(TEXT.to_string()),
        _ => Ok("8".to_owned()),
    }
}

/// Returns the path of a message's struct, as prost generates it.
fn rust_type(message: &MessageDescriptor) -> Result<String> {
    if message.parent_message().is_some() {
        return Err(format!("{} stands within another message", message.full_name()).into());
    }
    Ok(match message.parent_file().package_name() {
        "google.protobuf" => format!("prost_types::{}", message.name()),
        "google.type" => format!("google::r#type::{}", message.name()),
        "goodturn.v1" => format!("goodturn::v1::{}", message.name()),
        package => return Err(format!("nothing is known of {package}").into()),
    })
}

/// Bytes of a text in memory, beside its content.
const TEXT: usize = size_of::<String>();

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Generates the table of shapes, and which of them each message of a call has. The code is included where `goodturn` is the
/// module of the package.
pub(super) fn generate(pool: &DescriptorPool) -> Result<String> {
    let methods: Vec<_> = crate::methods(pool).collect();
    let inputs: BTreeSet<String> = methods.iter().map(|method| method.input().full_name().to_owned()).collect();
    let outputs: BTreeSet<String> = methods.iter().map(|method| method.output().full_name().to_owned()).collect();

    let mut open: Vec<MessageDescriptor> = methods.iter().map(MethodDescriptor::input).collect();
    let mut found: BTreeMap<String, MessageDescriptor> = BTreeMap::new();
    while let Some(message) = open.pop() {
        if found.contains_key(message.full_name()) {
            continue;
        }
        open.extend(message.fields().filter_map(|field| field.kind().as_message().cloned()));
        found.insert(message.full_name().to_owned(), message);
    }
    let index: BTreeMap<&String, usize> = found.keys().enumerate().map(|(at, name)| (name, at)).collect();

    let mut code = format!("\npub(crate) static SHAPES: [Shape; {}] = [\n", found.len());
    for message in found.values() {
        let mut fields = String::new();
        for field in message.fields() {
            let of = field.kind().as_message().map(|of| index[&of.full_name().to_owned()]);
            if field.is_list() || of.is_some() {
                let (number, name, is_list) = (field.number(), field.name(), field.is_list() || field.is_map());
                let is_packed = is_list && of.is_none() && !matches!(field.kind(), Kind::String | Kind::Bytes);
                let bytes = size(&field)?;
                write!(
                    fields,
                    "FieldShape {{ number: {number}, name: {name:?}, is_list: {is_list}, is_packed: {is_packed}, \
                     bytes: {bytes}, message: {of:?} }}, "
                )?;
            }
        }
        writeln!(code, "    // {}\n    Shape(&[{fields}]),", message.full_name())?;
    }
    code.push_str("];\n");
    for name in inputs.union(&outputs) {
        let rust = name.strip_prefix("goodturn.v1.").ok_or_else(|| format!("a call takes or gives {name}"))?;
        // A reply is read by whoever asked for it, and its server is believed.
        let shape = inputs.contains(name).then(|| index[name]);
        write!(code, "\nimpl Shaped for goodturn::v1::{rust} {{\n    const SHAPE: Option<usize> = {shape:?};\n}}\n")?;
    }
    Ok(code)
}
