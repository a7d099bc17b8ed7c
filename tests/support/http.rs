//! HTTP/1.1 on loopback, small and plain: a client, and a server that answers as it is told.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::PATIENCE;

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
    Some(value)
}

/// One request on a connection of its own; its `host` is the address where the headers name none.
pub(crate) fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    // A server that has read enough answers and closes: its answer counts, not the broken pipe.
    let sent = stream.write_all(&[head.as_bytes(), body].concat());
    let mut input = BufReader::new(stream);
    let (first, headers) = head_of(&mut input).or_else(|error| sent.and(Err(error)))?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status in `{first}`")))?;
    let mut body = Vec::new();
    match find(&headers, "content-length").and_then(|length| length.parse().ok()) {
        // The length is that of what a `GET` would bring.
        Some(_) if method == "HEAD" => {}
        Some(length) => {
            body.resize(length, 0);
            input.read_exact(&mut body)?;
        }
        None => {
            input.read_to_end(&mut body)?;
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// The first line and the headers, their names in lower case.
fn head_of(input: &mut BufReader<TcpStream>) -> io::Result<(String, Vec<(String, String)>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let mut lines = lines.into_iter();
    let first = lines.next().ok_or(io::ErrorKind::UnexpectedEof)?;
    let pair = |line: String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    Ok((first, lines.filter_map(pair).collect()))
}

/// A request that came to a [`Server`].
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        find(&self.headers, name).unwrap_or_else(|| panic!("no `{name}` in {:?}", self.headers))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        find(&self.headers, name).is_some()
    }
}

/// What a [`Server`] answers: status, headers, body. None: it never answers.
pub(crate) type Reply = Option<(u16, Vec<(&'static str, String)>, String)>;

/// A reply without headers.
pub(crate) fn reply(status: u16, body: &str) -> Reply {
    Some((status, Vec::new(), body.to_owned()))
}

/// A real server on a free port of loopback; it lives as long as the process.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Starts one that answers every request as `answer` says.
    pub(crate) fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap().to_string(),
            received: Arc::default(),
        };
        let (received, answer) = (Arc::clone(&server.received), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (received, answer) = (Arc::clone(&received), Arc::clone(&answer));
                // A sender that leaves, as one that is killed does, ends its connection only.
                std::thread::spawn(move || serve(stream, &received, answer.as_ref()).ok());
            }
        });
        server
    }

    /// All that came so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    received: &Mutex<Vec<Received>>,
    answer: &dyn Fn(&Received) -> Reply,
) -> io::Result<()> {
    let mut output = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    loop {
        let (first, headers) = head_of(&mut input)?;
        let length = find(&headers, "content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        input.read_exact(&mut body)?;
        let mut words = first.split(' ').map(str::to_owned);
        let request = Received {
            at: Instant::now(),
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            headers,
            body,
        };
        received.lock().unwrap().push(request.clone());
        let Some((status, headers, body)) = answer(&request) else {
            // Never answered: held open until the other side leaves.
            io::copy(&mut input, &mut io::sink())?;
            return Ok(());
        };
        let mut head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        output.write_all(format!("{head}\r\n{body}").as_bytes())?;
    }
}
