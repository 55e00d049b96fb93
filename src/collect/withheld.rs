//! What root could have seen where we may not become root: not refused by the host, but not looked at.

use serde_json::Value;

use crate::domain::evidence::host::HostFacts;
use crate::domain::gap::GapClass;

/// The same facts, each refusal in them laid to `why`. A host that was read as root was refused nothing for want of it.
pub(super) fn laid_to(why: &str, facts: HostFacts) -> HostFacts {
    if facts.reader.as_ref().is_ok_and(|reader| reader.uid == 0) {
        return facts;
    }
    // Gaps are in many places of the facts, and in more tomorrow; their form is the same everywhere.
    let Ok(mut value) = serde_json::to_value(&facts) else {
        return facts;
    };
    regrade(why, &mut value);
    serde_json::from_value(value).unwrap_or(facts)
}

fn regrade(why: &str, value: &mut Value) {
    match value {
        Value::Object(members) => {
            let refused = members.len() == 2
                && members.get("class").and_then(Value::as_str)
                    == Some(GapClass::Permission.word());
            if refused && let Some(Value::String(message)) = members.get_mut("message") {
                message.push_str(", and ");
                message.push_str(why);
                members.insert("class".to_owned(), GapClass::Authority.word().into());
                return;
            }
            for member in members.values_mut() {
                regrade(why, member);
            }
        }
        Value::Array(members) => members.iter_mut().for_each(|member| regrade(why, member)),
        _ => {}
    }
}
