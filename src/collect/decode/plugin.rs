//! `/plugins`.

use serde_json::Value;

use super::super::answers::Answers;
use super::{json, list};
use crate::domain::evidence::engine::Plugin;
use crate::domain::gap::Known;
use crate::domain::text::clean;

/// The models want every field of a plugin's description; these few are read by hand.
pub(super) fn plugins(answers: &Answers) -> Known<Vec<Plugin>> {
    let path = "/plugins";
    list(answers, path)?
        .into_iter()
        .map(|value| {
            json::require(path, &value, &["/Name", "/Enabled"])?;
            Ok(Plugin {
                name: json::peek(&value, "/Name"),
                id: json::peek(&value, "/Id"),
                enabled: value.pointer("/Enabled").and_then(Value::as_bool) == Some(true),
                reference: json::peek(&value, "/PluginReference"),
                network: json::peek(&value, "/Config/Network/Type"),
                capabilities: words(&value, "/Config/Linux/Capabilities", "")
                    .iter()
                    .map(|name| name.strip_prefix("CAP_").unwrap_or(name).to_owned())
                    .collect(),
                // What a person set wins over what the plugin came with.
                mounts: match words(&value, "/Settings/Mounts", "/Source") {
                    set if set.is_empty() => words(&value, "/Config/Mounts", "/Source"),
                    set => set,
                },
                all_devices: value
                    .pointer("/Config/Linux/AllowAllDevices")
                    .and_then(Value::as_bool)
                    == Some(true),
            })
        })
        .collect()
}

/// The texts of the array at `pointer`, or of the member `inside` of each of its objects.
fn words(value: &Value, pointer: &str, inside: &str) -> Vec<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| member.pointer(inside))
        .filter_map(Value::as_str)
        .filter(|word| !word.is_empty())
        .map(clean)
        .collect()
}
