//! Standard output, standard error and the question: the one place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the one file that may print")]

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};

use crate::arguments::{Color, Global, LogFormat};
use crate::render::look::Look;
use crate::render::safe::safe_json;

/// Columns where there is no terminal.
const USUAL_WIDTH: usize = 80;
/// Lines that are longer are hard to read, whatever the terminal takes.
const LARGEST_WIDTH: usize = 120;
/// Narrower than this, nothing can be laid out.
const SMALLEST_WIDTH: usize = 40;

/// Where text goes. Standard output is data, standard error is narration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    colour: ColorChoice,
    narration: LogFormat,
    verbose: bool,
}

/// How much a line of narration matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// What goes on.
    Info,
    /// What went wrong.
    Error,
}

impl Terminal {
    /// As the options say, and the environment where they leave it open.
    pub(crate) fn new(global: &Global) -> Self {
        let colour = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        // What draws beside us, such as clap and progress bars, follows the same choice.
        colour.write_global();
        Self { colour, narration: global.log_format, verbose: global.verbose > 0 }
    }

    /// How data looks.
    pub(crate) fn look(self) -> Look {
        Look {
            width: columns(),
            colour: self.choice(&io::stdout()) != ColorChoice::Never,
            verbose: self.verbose,
        }
    }

    /// How narration looks.
    pub(crate) fn narration_look(self) -> Look {
        let colour = self.choice(&io::stderr()) != ColorChoice::Never && self.narration == LogFormat::Text;
        Look { width: columns(), colour, verbose: self.verbose }
    }

    fn choice(self, stream: &impl anstream::stream::RawStream) -> ColorChoice {
        match self.colour {
            ColorChoice::Auto => AutoStream::choice(stream),
            chosen => chosen,
        }
    }

    /// Whether a person can be asked.
    pub(crate) fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether progress may be drawn over itself on standard error.
    pub(crate) fn can_draw(self) -> bool {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        io::stderr().is_terminal() && !dumb && !self.verbose && self.narration == LogFormat::Text
    }

    /// Prints data. A reader that went away is no error: `plan | head` is a sensible thing to do.
    pub(crate) fn print(self, text: &str) -> io::Result<()> {
        let stdout = io::stdout();
        let choice = self.choice(&stdout);
        let mut stream = AutoStream::new(stdout, choice).lock();
        match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Prints a JSON document.
    pub(crate) fn print_json(self, json: &str) -> io::Result<()> {
        self.print(&safe_json(json))
    }

    /// Says a line, or several, of narration. What cannot be said is lost: there is nowhere left to say it.
    pub(crate) fn say(self, level: Level, text: &str) {
        let stderr = io::stderr();
        let text = text.trim_end_matches('\n');
        let line = match self.narration {
            LogFormat::Text => format!("{text}\n"),
            LogFormat::Json => {
                let level = match level {
                    Level::Info => "INFO",
                    Level::Error => "ERROR",
                };
                let line = serde_json::json!({ "level": level, "fields": { "message": text } });
                format!("{}\n", safe_json(&line.to_string()))
            }
        };
        let choice = self.choice(&stderr);
        drop(AutoStream::new(stderr, choice).lock().write_all(line.as_bytes()));
    }

    /// Asks, and gives the answer without the line's end; `None` where the input ended.
    pub(crate) fn ask(question: &str) -> io::Result<Option<String>> {
        let mut stderr = io::stderr().lock();
        stderr.write_all(question.as_bytes())?;
        stderr.flush()?;
        let mut answer = String::new();
        let bytes = io::stdin().lock().read_line(&mut answer)?;
        Ok((bytes > 0).then(|| answer.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// Columns of the terminal: what `COLUMNS` says, else what the terminal says.
fn columns() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    stated.or_else(measured).unwrap_or(USUAL_WIDTH).clamp(SMALLEST_WIDTH, LARGEST_WIDTH)
}
