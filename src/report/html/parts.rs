//! The parts of the page. The templates escape everything that is put into them; there is no way around it here.

use askama::Template;

use crate::domain::event::{HostReport, HostState};
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;
use crate::domain::text::clean_whole;
use crate::report::asked::Line;
use crate::report::figures;
use crate::report::first_page::Fact;
use crate::report::summary::Summary;
use crate::report::text::count;
use crate::report::{Setting, catalogue, time};

/// Everything up to the first row.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>plimsoll: {{ hosts }}, {{ started }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<header>
<h1>Docker posture of {{ hosts }}</h1>
<p class="soft">plimsoll {{ version }}, {{ started }}</p>
</header>
<section id="scope">
<h2>Scope</h2>
<dl>
{%- for (about, said) in facts %}
<dt>{{ about }}</dt><dd>{{ said }}</dd>
{%- endfor %}
</dl>
</section>
<section id="rows">
<h2>Results</h2>
<div class="controls">
<input type="search" id="search" placeholder="words that must occur" aria-label="words that must occur">
<label><input type="checkbox" id="show-fail" checked> findings</label>
<label><input type="checkbox" id="show-manual" checked> to look at</label>
<label><input type="checkbox" id="show-waived" checked> accepted</label>
<label><input type="checkbox" id="show-open" checked> not checked</label>
<label><input type="checkbox" id="show-pass"> passes and not applicable</label>
<span class="soft" id="shown" role="status"></span>
</div>
<table>
<thead><tr><th scope="col"><button>severity</button></th><th scope="col"><button>outcome</button></th>
<th scope="col"><button>host</button></th><th scope="col"><button>control</button></th>
<th scope="col"><button>subject</button></th><th scope="col"><button>observed</button></th>
<th scope="col"><button>wanted</button></th><th scope="col"><button>references</button></th></tr></thead>
<tbody>
"#
)]
pub(super) struct Head<'a> {
    pub(super) policy: &'a str,
    pub(super) style: &'a str,
    pub(super) version: &'a str,
    pub(super) hosts: String,
    pub(super) started: String,
    pub(super) facts: Vec<Fact>,
}

/// One row of results.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<tr class="{{ kind }} {{ severity }}"><td class="mark" data-key="{{ rank }}">{{ severity }}</td><td>{{ outcome }}</td>
{#- -#}<td>{{ host }}</td><td title="{{ title }}"><b>{{ control }}</b><br>{{ title }}</td><td>{{ subject }}</td><td>{{ observed }}</td>
{#- -#}<td>{{ wanted }}</td><td class="soft">{{ references }}</td></tr>
"#
)]
pub(super) struct Row<'a> {
    kind: &'static str,
    rank: usize,
    severity: &'static str,
    outcome: String,
    host: String,
    control: &'static str,
    title: &'a str,
    subject: String,
    observed: String,
    wanted: String,
    references: String,
}

impl<'a> Row<'a> {
    pub(super) fn of(host: &str, row: &'a ControlResult, setting: &Setting) -> Self {
        let control = setting.catalogue.get(row.control);
        let gap = row
            .gap
            .as_ref()
            .map(|gap| format!("{}: {}", gap.class.word(), gap.message));
        let waiver = row.waiver.as_ref().map(|waiver| {
            format!(
                "accepted by {} until {}: {}",
                waiver.owner, waiver.expires, waiver.reason
            )
        });
        let mut outcome = row.outcome.word().replace('_', " ");
        if let (Outcome::Fail, Some(why)) = (row.outcome, setting.aside(row)) {
            outcome = format!("{outcome}, {why}");
        }
        Self {
            kind: match row.outcome {
                Outcome::Fail => "fail",
                Outcome::Manual => "manual",
                Outcome::Waived => "waived",
                Outcome::NotChecked | Outcome::Blocked => "open",
                Outcome::Pass | Outcome::NotApplicable => "pass",
            },
            rank: (Severity::ALL.iter())
                .position(|known| *known == row.severity)
                .unwrap_or_default(),
            severity: row.severity.word(),
            outcome,
            host: clean_whole(host),
            control: row.control,
            title: control.map_or("", |control| control.title),
            subject: clean_whole(&row.subject.id),
            observed: clean_whole(gap.as_ref().unwrap_or(&row.observed)),
            wanted: clean_whole(waiver.as_ref().unwrap_or(&row.expected)),
            references: control
                .map(catalogue::references)
                .unwrap_or_default()
                .join(", "),
        }
    }
}

/// One line of the table of hosts.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<tr class="{{ worst }}{% if worst != "" %} fail{% endif %}"><td class="mark">{{ name }}</td><td>{{ state }}</td><td class="n">{{ score }}</td><td class="n">{{ coverage }}</td>
{%- for count in counts %}<td class="n">{{ count }}</td>{% endfor -%}
<td>{{ mode }}, {{ profile }}</td><td>{{ engine }}</td><td>{{ system }}</td><td>{{ said }}</td></tr>
"#
)]
pub(super) struct HostLine {
    worst: &'static str,
    name: String,
    state: &'static str,
    score: String,
    coverage: String,
    counts: Vec<String>,
    mode: &'static str,
    profile: String,
    engine: String,
    system: String,
    said: String,
}

impl HostLine {
    pub(super) fn of(report: &HostReport, setting: &Setting) -> Self {
        let state = setting.state(report);
        let nothing = Posture::default();
        let posture = match state {
            HostState::Failed => &nothing,
            _ => &report.posture,
        };
        let said = report.error.as_ref().map(|error| {
            let (class, at) = (error.class.word(), error.stage.word());
            format!("{class} at {at}: {}. Next: {}", error.message, error.hint)
        });
        let engine = report.engine.as_ref();
        Self {
            worst: posture.worst().map_or("", Severity::word),
            name: clean_whole(&report.header.name),
            state: state.word(),
            score: figures::score(posture),
            coverage: figures::percent(posture),
            // Of a host that was not read nobody knows how many there are.
            counts: (Severity::ALL.iter())
                .map(|severity| match state {
                    HostState::Failed => "-".to_owned(),
                    _ => posture.count(*severity).to_string(),
                })
                .collect(),
            mode: report.header.mode.word(),
            profile: clean_whole(&report.header.profile),
            engine: engine.map_or_else(String::new, |engine| {
                clean_whole(&format!("{} {}", engine.name, engine.version))
            }),
            system: clean_whole(report.os.as_deref().unwrap_or_default()),
            said: clean_whole(&said.unwrap_or_default()),
        }
    }
}

/// Everything behind the last row.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"</tbody>
</table>
</section>
<section id="hosts">
<h2>Hosts</h2>
<table>
<thead><tr><th scope="col">host</th><th scope="col">state</th><th scope="col">score</th><th scope="col">coverage</th>
<th scope="col">critical</th><th scope="col">high</th><th scope="col">medium</th><th scope="col">low</th><th scope="col">info</th>
<th scope="col">mode, profile</th><th scope="col">engine</th><th scope="col">system</th><th scope="col">trouble</th></tr></thead>
<tbody>
{{ lines|safe -}}
</tbody>
</table>
</section>
<section id="totals">
<h2>Summary{% if stopped %}: stopped before its end{% endif %}</h2>
<dl>
<dt>hosts</dt><dd>{{ hosts }}</dd>
<dt>findings</dt><dd>{{ findings }}</dd>
<dt>rows</dt><dd>{{ rows }}</dd>
<dt>score</dt><dd>{{ score }} of 100, with {{ coverage }} of the applicable controls answered</dd>
<dt>finished</dt><dd>{{ finished }}</dd>
</dl>
</section>
<section id="asked">
<h2>Asked</h2>
<p>{{ asked }}.</p>
<table>
<thead><tr><th scope="col">hosts</th><th scope="col">commands</th><th scope="col">requests to the engine</th></tr></thead>
<tbody>
{%- for (hosts, commands, requests) in questions %}
<tr><td>{{ hosts }}</td><td>{{ commands }}</td><td>{{ requests }}</td></tr>
{%- endfor %}
</tbody>
</table>
</section>
<script>{{ script|safe }}</script>
</body>
</html>
"#
)]
pub(super) struct Tail<'a> {
    /// Lines that were made by [`HostLine`], and are therefore escaped already.
    pub(super) lines: &'a str,
    pub(super) script: &'a str,
    pub(super) stopped: bool,
    pub(super) hosts: String,
    pub(super) findings: String,
    pub(super) rows: String,
    pub(super) score: String,
    pub(super) coverage: String,
    pub(super) finished: String,
    pub(super) asked: String,
    pub(super) questions: Vec<Line>,
}

impl<'a> Tail<'a> {
    pub(super) fn of(summary: &Summary, at: i64, lines: &'a str, script: &'a str) -> Self {
        let hosts = summary.hosts;
        let rows = Outcome::ALL.map(|outcome| {
            let word = outcome.word().replace('_', " ");
            format!("{} {word}", summary.posture.rows(outcome))
        });
        Self {
            lines,
            script,
            stopped: summary.cancelled,
            hosts: format!(
                "{} assessed, {} partial, {} failed",
                hosts.assessed, hosts.partial, hosts.failed
            ),
            findings: crate::report::text::counts(&summary.posture),
            rows: rows.join(", "),
            score: figures::score(&summary.posture),
            coverage: figures::percent(&summary.posture),
            finished: time::readable(at),
            asked: String::new(),
            questions: Vec::new(),
        }
    }
}

/// `3 hosts`.
pub(super) fn hosts(total: usize) -> String {
    count(total, "host")
}
