//! Generates, without protoc, the gRPC code from `proto/` and the code that writes a client's values.

#[path = "build/access.rs"]
mod access;
#[path = "build/given.rs"]
mod given;
#[path = "build/shapes.rs"]
mod shapes;

use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_types::FileDescriptorSet;
use protox::prost_reflect::{DescriptorPool, MethodDescriptor};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Fields that a later version of the API might add: file, message, field. A test checks that an older request keeps
/// its digest.
const ADDED: [(&str, &str, &str); 4] = [
    ("ledger.proto", "Activity", "string added = 26;"),
    ("ledger.proto", "AttributeValue", "repeated AttributeValue added = 5;"),
    ("programs.proto", "Rule", "optional int64 added = 18;"),
    ("programs.proto", "Follows", "google.type.Money added = 4;"),
];

/// The messages that errors carry, below `proto/third_party`.
const ERROR_DETAILS: &str = "google/rpc/error_details.proto";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files = fs::read_dir("proto/goodturn/v1")?
        .map(|file| file.map(|file| file.path()))
        .collect::<std::result::Result<Vec<PathBuf>, _>>()?;
    files.sort();
    // What errors carry: for clients and for replies by JSON. Its own code comes with a library.
    files.push(PathBuf::from(ERROR_DETAILS));
    let mut compiler = protox::Compiler::new(["proto", "proto/third_party"])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;
    // The encoding must be protox's own. The typed set drops custom options, which reflection shows.
    fs::write(out.join("goodturn.v1.bin"), compiler.encode_file_descriptor_set())?;
    fs::write(out.join("shapes.rs"), shapes::generate(&compiler.descriptor_pool())?)?;
    fs::write(out.join("methods.rs"), access::generate(&compiler.descriptor_pool())?)?;
    generate(&compiler.descriptor_pool(), compiler.file_descriptor_set(), &out)?;
    generate_later(&out.join("later"))
}

/// Returns the methods of the API.
fn methods(pool: &DescriptorPool) -> impl Iterator<Item = MethodDescriptor> {
    let ours = pool.services().filter(|service| service.parent_file().package_name() == "goodturn.v1");
    ours.flat_map(|service| service.methods().collect::<Vec<_>>())
}

fn generate(pool: &DescriptorPool, mut descriptors: FileDescriptorSet, out: &Path) -> Result<()> {
    let given = given::generate(pool)?;
    fs::write(out.join("given.rs"), given.code)?;
    fs::write(out.join("fields.txt"), given.fields)?;
    descriptors.file.retain(|file| file.name() != ERROR_DETAILS);
    let configured = tonic_prost_build::configure().out_dir(out).codec_path("crate::wire::codec::Codec");
    configured.compile_fds(descriptors)?;
    Ok(())
}

/// Generates the same for the API as a later version might have it. Only tests compile it.
fn generate_later(out: &Path) -> Result<()> {
    let protos = out.join("proto/goodturn/v1");
    fs::create_dir_all(&protos)?;
    for file in ["ledger.proto", "programs.proto"] {
        let mut text = fs::read_to_string(Path::new("proto/goodturn/v1").join(file))?;
        for (_, message, field) in ADDED.iter().filter(|(of, ..)| *of == file) {
            let begin = format!("\nmessage {message} {{\n");
            if !text.contains(&begin) {
                return Err(format!("{file} has no {message}").into());
            }
            text = text.replace(&begin, &format!("{begin}  {field}\n"));
        }
        fs::write(protos.join(file), text)?;
    }
    let mut compiler = protox::Compiler::new([&out.join("proto"), Path::new("proto"), Path::new("proto/third_party")])?;
    compiler.include_imports(true).open_file("goodturn/v1/programs.proto")?;
    let mut descriptors = compiler.file_descriptor_set();
    // Only messages are needed: no client and no server.
    descriptors.file.iter_mut().for_each(|file| file.service.clear());
    generate(&compiler.descriptor_pool(), descriptors, out)
}
