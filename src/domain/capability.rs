//! The capabilities of Linux by the number that the kernel knows them by.

/// Names without `CAP_`, in the kernel's order.
pub const ALL: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// The names of the capabilities in a set as `/proc` writes it.
pub fn names(set: u64) -> Vec<&'static str> {
    ALL.iter()
        .enumerate()
        .filter(|(bit, _)| set >> bit & 1 == 1)
        .map(|(_, name)| *name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_set_is_read_by_the_kernels_numbers() {
        // What /proc shows for a container with an engine's own choice.
        let default = names(0x0000_0000_a804_25fb);
        assert_eq!(default.len(), 14);
        assert!(default.contains(&"NET_RAW") && !default.contains(&"SYS_ADMIN"));
        assert_eq!(names(1 << 21), ["SYS_ADMIN"]);
        assert!(names(0).is_empty());
    }
}
