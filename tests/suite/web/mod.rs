//! Calls that are not gRPC: Connect, plain HTTP with JSON, and gRPC-Web.

mod connect;
mod grpc_web;
mod http1;
mod invented;
