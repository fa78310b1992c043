//! Twilio's own SDK as a child process: one question a line, one answer a line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::Value;

struct Oracle {
    _child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Asks the SDK; panics with its own words when it refuses.
pub fn ask(question: &Value) -> Value {
    match try_ask(question) {
        Ok(answer) => answer,
        Err(error) => panic!("the SDK refused {question}: {error}"),
    }
}

/// Asks the SDK, which may refuse.
pub fn try_ask(question: &Value) -> Result<Value, String> {
    static ORACLE: OnceLock<Mutex<Oracle>> = OnceLock::new();
    let oracle = ORACLE.get_or_init(|| Mutex::new(Oracle::start()));
    let mut oracle = oracle
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    writeln!(oracle.questions, "{question}").unwrap();
    let mut line = String::new();
    oracle.answers.read_line(&mut line).unwrap();
    let mut answer: Value = serde_json::from_str(&line).expect("an answer of the SDK");
    match answer.get_mut("ok") {
        Some(ok) => Ok(ok.take()),
        None => Err(answer["error"].to_string()),
    }
}

impl Oracle {
    fn start() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let python = tests.join("sdk/.venv/bin/python");
        assert!(
            python.exists(),
            "Twilio's SDK is not installed: run tests/sdk/install.sh"
        );
        let mut child = Command::new(python)
            .arg(tests.join("twilio/oracle.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            _child: child,
            questions,
            answers,
        }
    }
}
