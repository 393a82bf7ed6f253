//! Stands before any guard and makes it slower by a stated part: the planted slowdown that a comparison of
//! two guards has to find. It burns CPU, as slow code does. Never a guard.
//!
//! Usage: `slowed PERCENT COMMAND ARGS...`. Each answer is held back for that part of the time that it took
//! on its way through here.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio, exit};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let percent = arguments.next().and_then(|word| word.to_str()?.parse::<f64>().ok());
    let (Some(percent), Some(program)) = (percent, arguments.next()) else {
        let _unread = writeln!(io::stderr(), "usage: slowed PERCENT COMMAND ARGS...");
        exit(2)
    };
    let guard = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let done = guard.and_then(|guard| relay(guard, percent / 100.0));
    exit(i32::from(done.is_err()))
}

/// Carries every line both ways.
fn relay(mut guard: Child, part: f64) -> io::Result<()> {
    let (Some(mut stdin), Some(stdout)) = (guard.stdin.take(), guard.stdout.take()) else { return Ok(()) };
    let (asked, moments) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n').map_while(Result::ok) {
            // Whoever gave it up has gone.
            let _gone = asked.send(Instant::now());
            if stdin.write_all(&[&line[..], b"\n"].concat()).is_err() {
                return;
            }
        }
    });
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let took = moments.try_iter().last().map_or(Duration::ZERO, |asked: Instant| asked.elapsed());
        burn(took.mul_f64(part));
        io::stdout().write_all(&[&line[..], b"\n"].concat())?;
        io::stdout().flush()?;
    }
    guard.wait().map(drop)
}

fn burn(length: Duration) {
    let began = Instant::now();
    while began.elapsed() < length {
        std::hint::spin_loop();
    }
}
