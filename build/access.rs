//! Generates the table of methods: what each asks of its callers, as the protos say it.

use std::fmt::Write as _;

use protox::prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const OPTION: &str = "goodturn.v1.access";

/// Generates the table, in the byte order of the methods' paths. A method without the option, or without a role, fails the build.
pub(super) fn generate(pool: &DescriptorPool) -> Result<String> {
    let option = pool.get_extension_by_name(OPTION).ok_or("access.proto has no option `access`")?;
    let mut rows = Vec::new();
    for method in crate::methods(pool) {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let options = method.options();
        if !options.has_extension(&option) {
            return Err(format!("{path} does not say who may call it: give it `option (access)`").into());
        }
        let value = options.get_extension(&option);
        let access = value.as_message().ok_or("the option `access` is no message")?;
        let is_stream = method.is_client_streaming() || method.is_server_streaming();
        let streams = format!("is_stream: {is_stream}, is_request_stream: {}", method.is_client_streaming());
        let row = row(&path, &streams, access).map_err(|why| format!("{path}: {why}"))?;
        rows.push((path, row));
    }
    rows.sort();
    let mut code = format!("\npub(crate) static METHODS: [Method; {}] = [\n", rows.len());
    for (_, row) in rows {
        writeln!(code, "    {row},")?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn row(path: &str, streams: &str, access: &DynamicMessage) -> Result<String> {
    let of = access.descriptor();
    let roles = field(access, "roles")?;
    let numbers = roles.as_list().ok_or("`roles` is no list")?;
    if numbers.is_empty() {
        return Err("no role may call it".into());
    }
    let roles = numbers.iter().map(|number| value(&of, "roles", number)).collect::<Result<Vec<_>>>()?.join(", ");
    let signer = value(&of, "signer", &field(access, "signer")?)?;
    let current = field(access, "current")?.as_bool().ok_or("`current` is no truth value")?;
    Ok(format!("Method {{ path: {path:?}, {streams}, roles: &[{roles}], signer: {signer}, is_current: {current} }}"))
}

fn field(access: &DynamicMessage, name: &str) -> Result<Value> {
    Ok(access.get_field_by_name(name).ok_or_else(|| format!("there is no field `{name}`"))?.into_owned())
}

/// Returns the path of a value of an enum, as prost generates it.
fn value(of: &MessageDescriptor, field: &str, number: &Value) -> Result<String> {
    let kind = of.get_field_by_name(field).ok_or("there is no such field")?.kind();
    let Kind::Enum(of) = kind else { return Err(format!("`{field}` is no enum").into()) };
    let number = number.as_enum_number().ok_or("it is no value of an enum")?;
    let name = of.get_value(number).ok_or_else(|| format!("{number} is no {}", of.name()))?;
    Ok(format!("goodturn::v1::{}::{}", of.name(), rust_name(&of, name.name())?))
}

/// Drops the name of the enum in front, as prost does: `SIGNER_PERSON` becomes `Person`.
fn rust_name(of: &EnumDescriptor, name: &str) -> Result<String> {
    let front = format!("{}_", of.name().to_uppercase());
    let name = name.strip_prefix(&front).ok_or_else(|| format!("{name} does not begin with {front}"))?;
    let (first, rest) = name.split_at(1);
    Ok(format!("{first}{}", rest.to_lowercase()))
}
