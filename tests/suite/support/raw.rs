//! Calls made by hand on HTTP/2, by a client that does what no library does.

use std::net::SocketAddr;

use goodturn::pb;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use prost::Message;
use tokio::net::TcpStream;
use tonic::Status;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, HeaderName, Request};

/// A connection.
pub struct Raw {
    calls: SendRequest<Bytes>,
    authority: String,
    _connection: tokio::task::JoinHandle<()>,
}

/// A call whose reply may be read, and whose body is not ended.
pub struct RawCall {
    pub reply: ResponseFuture,
    pub body: SendStream<Bytes>,
}

impl Raw {
    /// Connects, and says how many bytes of each reply it is ready to take.
    pub async fn connect(address: SocketAddr, window: u32) -> Self {
        let socket = TcpStream::connect(address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut builder = Builder::new();
        builder.initial_window_size(window).initial_connection_window_size(1 << 30).max_concurrent_streams(0);
        let (calls, connection) = builder.handshake(socket).await.unwrap();
        let connection = tokio::spawn(async move {
            // A server may close it at any time.
            let _closed = connection.await;
        });
        Self { calls, authority: address.to_string(), _connection: connection }
    }

    /// Begins a call; `None` when the connection is closed.
    pub async fn begin(&mut self, method: &str) -> Option<RawCall> {
        self.begin_with(&HeaderMap::new(), method).await
    }

    /// Begins a call with more headers than a call needs; `None` when the connection is closed.
    pub async fn begin_with(&mut self, headers: &HeaderMap, method: &str) -> Option<RawCall> {
        let authority = self.authority.clone();
        self.begin_at(&authority, headers, method).await
    }

    /// Begins a call to a host that it names; `None` when the connection is closed.
    pub async fn begin_at(&mut self, authority: &str, headers: &HeaderMap, method: &str) -> Option<RawCall> {
        let mut ready = self.calls.clone().ready().await.ok()?;
        let mut request = Request::post(format!("http://{authority}/goodturn.v1.{method}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        request.headers_mut().extend(headers.clone());
        let (reply, body) = ready.send_request(request, false).ok()?;
        Some(RawCall { reply, body })
    }

    /// Makes a call with a request of these bytes.
    pub async fn call(&mut self, method: &str, message: &[u8]) -> Option<RawCall> {
        let mut call = self.begin(method).await?;
        call.send(framed(message), true).await?;
        Some(call)
    }

    /// Makes a call with a request of these bytes, under a name.
    pub async fn call_as(&mut self, principal: &str, method: &str, message: &[u8]) -> Option<RawCall> {
        let name = (HeaderName::from_static("goodturn-principal"), principal.parse().unwrap());
        let mut call = self.begin_with(&HeaderMap::from_iter([name]), method).await?;
        call.send(framed(message), true).await?;
        Some(call)
    }

    /// Makes a call with a message.
    pub async fn ask(&mut self, method: &str, message: &impl Message) -> Option<RawCall> {
        self.call(method, &message.encode_to_vec()).await
    }
}

impl RawCall {
    /// Sends bytes as far as the server takes them; `None` when it takes no more.
    pub async fn send(&mut self, mut bytes: Bytes, is_end: bool) -> Option<()> {
        while !bytes.is_empty() {
            self.body.reserve_capacity(bytes.len().min(64 * 1024));
            let room = std::future::poll_fn(|context| self.body.poll_capacity(context)).await?.ok()?;
            let piece = bytes.split_to(room.min(bytes.len()));
            let is_last = is_end && bytes.is_empty();
            self.body.send_data(piece, is_last).ok()?;
        }
        Some(())
    }

    /// Reads the reply to its end, and returns its status.
    pub async fn status(self) -> Status {
        let lost = |error: h2::Error| Status::unknown(error.to_string());
        let (head, mut rest) = match self.reply.await {
            Ok(reply) => reply.into_parts(),
            Err(error) => return lost(error),
        };
        if let Some(status) = Status::from_header_map(&head.headers) {
            return status;
        }
        while let Some(piece) = rest.data().await {
            match piece {
                Ok(piece) => drop(rest.flow_control().release_capacity(piece.len())),
                Err(error) => return lost(error),
            }
        }
        match rest.trailers().await {
            Ok(trailers) => Status::from_header_map(&trailers.unwrap_or_default()).expect("a reply has a status"),
            Err(error) => lost(error),
        }
    }

    /// Waits for the head of the reply; returns its status, if it is there, and the rest of the reply.
    pub async fn head(self) -> Result<(Option<i32>, RecvStream), h2::Error> {
        let (head, rest) = self.reply.await?.into_parts();
        let status = head.headers.get("grpc-status").map(|status| status.to_str().unwrap().parse().unwrap());
        Ok((status, rest))
    }
}

/// Puts the five bytes before a message that gRPC wants.
pub fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0][..], &length, message].concat().into()
}

/// A page of the log, as large as may be.
pub fn page() -> pb::ListEntriesRequest {
    pb::ListEntriesRequest { parent: "programs/qc".into(), page_size: 1_000, ..Default::default() }
}
