//! Generates the gRPC code from `proto/`, without protoc.

use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_types::FileDescriptorSet;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let mut files = fs::read_dir("proto/goodturn/v1")?
        .map(|file| file.map(|file| file.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    files.sort();
    let mut compiler = protox::Compiler::new(["proto", "proto/third_party"])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;

    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Encoded by protox itself: the typed set drops custom options, which reflection shows.
    fs::write(out.join("goodturn.v1.bin"), compiler.encode_file_descriptor_set())?;
    generate(compiler.file_descriptor_set(), &out)
}

fn generate(descriptors: FileDescriptorSet, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    tonic_prost_build::configure().out_dir(out).compile_fds(descriptors)?;
    Ok(())
}
