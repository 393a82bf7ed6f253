//! What a hostile guard does in the place of an answer, by name. Each trick has an end of its own,
//! so that a harness that does not bound it fails a test and not the machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use mock_gateway::json::Json;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::guard::{gateway, say};

/// How much an endless printer prints, in bytes.
const GIGABYTE: usize = 1 << 30;

/// Longer than any test lasts.
const FOR_EVER: Duration = Duration::from_secs(600);

/// Text that would clear the screen, name the window, colour, hide, turn around, or run in a browser.
pub(crate) const COSTUME: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[31mred\u{9b}7m\u{8}\u{7f}\u{202e}txt\u{2066}\
    <script>alert(1)</script><img src=x onerror=alert(2)>&lt;\r\0";

/// Plays a trick; `answer` is what an honest guard would say to the request of this id.
pub(crate) fn play(name: &str, id: &Json, answer: &str) {
    match name {
        "honest" => say(answer),
        "endless-lines" => print(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n", GIGABYTE),
        "endless-answers" => print(format!("{answer}\n").as_bytes(), GIGABYTE),
        "endless-line" => print(&[b'x'; 4096], GIGABYTE),
        "empty-lines" => print(&[b'\n'; 4096], GIGABYTE),
        "dense-answer" => {
            write(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"x\":[0").as_bytes());
            print(&b",0".repeat(2048), 7 << 20);
            say("]}}");
        }
        "dense-answers" => print(b"{\"jsonrpc\":\"2.0\",\"id\":[0,0,0,0,0,0,0,0,0,0,0,0,0],\"result\":{}}\n", GIGABYTE),
        "never-reads" | "silent" => std::thread::sleep(FOR_EVER),
        "pipe-held" => {
            start(&["-c", "sleep 600"]);
            std::process::exit(0);
        }
        "pipe-held-apart" => {
            start(&["-c", "exec setsid sleep 600"]);
            say(answer);
        }
        "ignores-term" => become_shell("trap '' TERM INT HUP PIPE; while :; do sleep 1; done"),
        "stops-itself" => become_shell("kill -STOP $$; sleep 600"),
        "closes-stdout" => become_shell("exec >&-; sleep 600"),
        "kills-keeper" => become_shell("kill -KILL $PPID; sleep 600"),
        "stops-keeper" => become_shell("kill -STOP $PPID; sleep 600"),
        "dies-mid-answer" => {
            half(answer);
            std::process::abort();
        }
        "half-a-line" => {
            half(answer);
            std::thread::sleep(FOR_EVER);
        }
        "answers-twice" => {
            say(answer);
            say(answer);
        }
        "thin-air" => {
            for id in ["999", "-1", "\"1\"", "1.0", "null", "true", "{}", "[1]", "1e400"] {
                say(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{}}}}"));
            }
            say(r#"{"jsonrpc":"2.0","result":{}}"#);
            say(r#"{"jsonrpc":"2.0","method":"notifications/initialized","result":{}}"#);
            say(answer);
        }
        "floods-stderr" => {
            let mut err = std::io::stderr().lock();
            for _ in 0..(GIGABYTE >> 16) {
                let _gone = err.write_all(&[b'e'; 1 << 16]);
            }
            say(answer);
        }
        "forks" => become_shell("i=0; while [ $i -lt 3000 ]; do sleep 600 & i=$((i+1)); done; wait"),
        "forks-apart" => become_shell("i=0; while [ $i -lt 3000 ]; do setsid sleep 600 & i=$((i+1)); done; wait"),
        // Each process lives for a moment only, in a session of its own, and starts the next.
        "hops" => {
            let script = "[ $1 -gt 20000 ] || setsid sh -c \"$0\" \"$0\" $(($1+1)) & exit";
            start(&["-c", script, script, "0"]);
            say(answer);
        }
        "hides" => {
            // A shell's name may be changed; a parser that looks for the first parenthesis is misled.
            start(&[
                "-c",
                "printf 'x) Z 1 (' >/proc/$$/comm; trap '' TERM; exec 2>/dev/null; while :; do read x </dev/zero; done",
            ]);
            say(answer);
        }
        // Where the file system does not reserve at once it is written; that may take longer than a play.
        "fills-folder" => become_shell(
            "i=0; while [ $i -lt 48 ]; do fallocate -l 64M f$i || head -c 64M /dev/zero >f$i; i=$((i+1)); done; \
             sleep 600",
        ),
        "many-files" => {
            for number in 0..100_000 {
                std::fs::write(format!("f{number}"), "").expect("the folder is the guard's own");
            }
            std::thread::sleep(FOR_EVER);
        }
        "folder-unreadable" => {
            become_shell(
                "mkdir -p a/b/c; touch a/b/c/file; chmod 000 a/b/c a/b a; mkdir $HOME/locked; touch $HOME/locked/f; \
                 chmod 000 $HOME/locked .; sleep 600",
            );
        }
        "folder-deep" => {
            for _ in 0..3000 {
                std::fs::create_dir("d").expect("the folder is the guard's own");
                std::env::set_current_dir("d").expect("the folder is the guard's own");
            }
            say(answer);
        }
        "symlinks" => {
            let outside = std::env::var("OUTSIDE").expect("the manifest passes it");
            let inside = std::env::current_dir().expect("the folder is the guard's own");
            std::os::unix::fs::symlink(&outside, "away").expect("the folder is the guard's own");
            std::os::unix::fs::symlink("/", "root").expect("the folder is the guard's own");
            std::fs::rename(&inside, inside.with_file_name("moved")).expect("the folder is the guard's own");
            std::os::unix::fs::symlink(&outside, &inside).expect("the folder is the guard's own");
            say(answer);
        }
        "forges-reports" => {
            forge(Instant::now() + Duration::from_secs(2));
            say(answer);
        }
        "holds-gateway" => {
            let most = getrlimit(Resource::Nofile).maximum;
            setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).expect("the maximum is allowed");
            say(answer);
            let mut held: Vec<TcpStream> = Vec::new();
            // Those that nobody accepts make this one wait, in the end for ever.
            while let Some(mut socket) = gateway() {
                let _gone = socket.write_all(b"POST /v1/scan HTTP/1.1\r\nx: ");
                held.push(socket);
            }
            std::thread::sleep(FOR_EVER);
        }
        "floods-gateway" => {
            let body = format!("{{\"url\":\"x://y\",\"method\":\"GET\",\"body\":\"{}\"}}", "x".repeat(200 << 10));
            for _ in 0..500 {
                post(&body);
            }
            say(answer);
        }
        "costume" => {
            eprintln!("{COSTUME}");
            say(COSTUME);
            say(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"{}\":1}}}}", "<b>\u{9b}\u{202e}"));
            let text = Json::String(COSTUME.to_owned());
            say(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{text},\"error\":{{\"code\":1,\"message\":{text}}}}}"));
            start(&["-c", "exec setsid sh -c \"printf '<i>\\033[2J' >/proc/\\$\\$/comm; read x\" </dev/zero"]);
            std::process::exit(1);
        }
        other => panic!("there is no trick `{other}`"),
    }
}

/// Prints so many bytes, or until nobody listens.
fn print(piece: &[u8], bytes: usize) {
    let mut out = std::io::stdout().lock();
    let piece = piece.repeat((1 << 16) / piece.len() + 1);
    for _ in 0..=bytes / piece.len() {
        if out.write_all(&piece).is_err() {
            return;
        }
    }
    let _gone = out.flush();
}

fn half(answer: &str) {
    write(&answer.as_bytes()[..answer.len() / 2]);
}

fn write(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _gone = out.write_all(bytes).and_then(|()| out.flush());
}

/// Starts a shell beside the guard, with its streams.
#[expect(clippy::zombie_processes, reason = "it is left to the harness, which is what is tested")]
fn start(arguments: &[&str]) {
    Command::new("sh").args(arguments).spawn().expect("there is a shell");
}

/// Becomes a shell, with everything that the guard has.
fn become_shell(script: &str) {
    panic!("{}", Command::new("sh").args(["-c", script]).exec());
}

/// Speaks on every socket beside the guard's folder as if it were a keeper.
fn forge(until: Instant) {
    while Instant::now() < until {
        for entry in std::fs::read_dir("..").into_iter().flatten().flatten() {
            if let Ok(mut socket) = UnixStream::connect(entry.path()) {
                let _gone = socket.write_all(b"started 1\nexited code 0\nleft 1 init\ndone\n");
            }
        }
    }
}

fn post(body: &str) {
    let Some(mut gateway) = gateway() else { return };
    let head = format!(
        "POST /v1/scan HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let _gone = gateway.write_all((head + body).as_bytes());
    let _gone = gateway.read_to_end(&mut Vec::new());
}
