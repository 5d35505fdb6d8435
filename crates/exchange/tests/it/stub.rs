//! A service that answers whatever a test wants, right or wrong.

use std::sync::{Arc, Mutex};

use anteroom_exchange::{Credential, Endpoints, ExchangeApi, Options, Reader, Secret, Writer, connect};
use anteroom_model::resource::Edition;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Waits;

/// One request: its first line's path, its headers in lower case, its body.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Asked {
    fn is_for_a_token(&self) -> bool {
        self.path.ends_with("/token")
    }
}

/// `token-1` and so on, good for an hour.
pub(crate) fn token(before: usize) -> Said {
    (200, "", format!(r#"{{"access_token":"token-{}","expires_in":3600}}"#, before + 1))
}

/// Status, headers and body of an answer.
pub(crate) type Said = (u16, &'static str, String);

pub(crate) struct Stub {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) waits: Arc<Waits>,
    pub(crate) base: String,
}

impl Stub {
    /// A service that gives tokens `token-1`, `token-2`, … and answers everything else by `answer`, which is told the
    /// base address, how many requests came before, and the request.
    pub(crate) async fn new(answer: impl Fn(&str, usize, &Asked) -> Said + Send + Sync + 'static) -> Self {
        Self::on(ExchangeApi::Beta, answer).await
    }

    /// The same, with a choice of Exchange's interfaces.
    pub(crate) async fn on(
        exchange_api: ExchangeApi,
        answer: impl Fn(&str, usize, &Asked) -> Said + Send + Sync + 'static,
    ) -> Self {
        let secret = Secret::new("secret");
        let credential = Credential::ClientSecret { client_id: "id".to_owned(), secret };
        Self::start(exchange_api, credential, |before, _| token(before), answer).await
    }

    /// The same for any credential, with a token endpoint that answers by `tokens`, which is told how many requests for
    /// tokens came before, and the request.
    pub(crate) async fn with(
        credential: Credential,
        tokens: impl Fn(usize, &Asked) -> Said + Send + Sync + 'static,
        answer: impl Fn(&str, usize, &Asked) -> Said + Send + Sync + 'static,
    ) -> Self {
        Self::start(ExchangeApi::Beta, credential, tokens, answer).await
    }

    async fn start(
        exchange_api: ExchangeApi,
        credential: Credential,
        tokens: impl Fn(usize, &Asked) -> Said + Send + Sync + 'static,
        answer: impl Fn(&str, usize, &Asked) -> Said + Send + Sync + 'static,
    ) -> Self {
        let answer = move |base: &str, before: usize, asked: &Asked| {
            if asked.is_for_a_token() { tokens(before, asked) } else { answer(base, before, asked) }
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port should be free");
        let base = format!("http://{}", listener.local_addr().expect("it should be bound"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, log, own) = (Arc::new(answer), asked.clone(), base.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, own.clone(), answer.clone(), log.clone()));
            }
        });
        let waits = Arc::new(Waits::default());
        let options = Options {
            endpoints: Endpoints::single(&base),
            tenant: "contoso.onmicrosoft.com".to_owned(),
            edition: Edition::ExchangeOnline,
            credential,
            exchange_api,
            concurrency: 4,
            retries: 2,
            progress: waits.clone(),
        };
        let (reader, writer) = connect(options).expect("the connection should be made");
        Self { reader, writer, asked, waits, base }
    }

    /// The requests but for those for tokens.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().expect("nobody panics with it");
        asked.iter().filter(|one| !one.is_for_a_token()).cloned().collect()
    }

    /// The requests for tokens.
    pub(crate) fn asked_for_tokens(&self) -> Vec<Asked> {
        let asked = self.asked.lock().expect("nobody panics with it");
        asked.iter().filter(|one| one.is_for_a_token()).cloned().collect()
    }
}

async fn serve<A>(mut stream: TcpStream, base: String, answer: Arc<A>, log: Arc<Mutex<Vec<Asked>>>)
where
    A: Fn(&str, usize, &Asked) -> Said + Send + Sync + 'static,
{
    let mut bytes = Vec::new();
    loop {
        let Some(request) = next(&mut stream, &mut bytes).await else { return };
        let (status, headers, body) = {
            let mut log = log.lock().expect("nobody panics with it");
            let token = request.is_for_a_token();
            let before = log.iter().filter(|one| one.is_for_a_token() == token).count();
            log.push(request.clone());
            answer(&base, before, &request)
        };
        let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn next(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Asked> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let headers = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lower = headers.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&bytes[end + 4..end + 4 + length]).into_owned();
                bytes.drain(..end + 4 + length);
                let path = headers.split(' ').nth(1).unwrap_or_default().to_owned();
                return Some(Asked { path, headers: lower, body });
            }
        }
        let mut some = [0u8; 4096];
        match stream.read(&mut some).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&some[..count]),
        }
    }
}
