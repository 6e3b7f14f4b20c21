//! The methods that can be called by JSON, as their descriptors define them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::MethodOptions;
use prost_types::method_options::IdempotencyLevel;

use crate::proto::DESCRIPTORS;

/// Everything that is described here: the API, the messages of errors, health, and reflection.
static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let mut pool = DescriptorPool::decode(DESCRIPTORS).expect("the descriptors are those of this build");
    for more in [tonic_health::pb::FILE_DESCRIPTOR_SET, tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET] {
        pool.decode_file_descriptor_set(more).expect("the descriptors are those of a library");
    }
    pool
});

/// A method, by its path.
static METHODS: LazyLock<BTreeMap<String, Method>> = LazyLock::new(|| {
    let services = POOL.services();
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .map(|method| (format!("/{}/{}", method.parent_service().full_name(), method.name()), Method::of(method)))
        .collect()
});

/// A method that can be called.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) descriptor: MethodDescriptor,
    /// True when a call changes nothing, so that it may come as a GET.
    pub(super) is_safe: bool,
}

impl Method {
    fn of(descriptor: MethodDescriptor) -> Self {
        let level = descriptor.method_descriptor_proto().options.as_ref().map(MethodOptions::idempotency_level);
        Self { is_safe: level == Some(IdempotencyLevel::NoSideEffects), descriptor }
    }

    /// Finds the method of a path.
    pub(super) fn at(path: &str) -> Option<&'static Self> {
        METHODS.get(path)
    }

    /// True when requests or replies are a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.descriptor.is_client_streaming() || self.descriptor.is_server_streaming()
    }
}

/// Returns the descriptor of a message by its full name.
pub(super) fn message(name: &str) -> Option<prost_reflect::MessageDescriptor> {
    POOL.get_message_by_name(name)
}
