//! What a path, a registry key or a command means: secrets behind it, or a place from which things run by themselves.
//!
//! Sources: the file layouts documented by OpenSSH (ssh(1)), Kubernetes ("Accessing the Kubernetes API from a Pod"), AWS, Google
//! Cloud and Azure command lines, npm, pip and twine, the Chromium and Firefox profile documentation, Electrum, Exodus and Bitcoin
//! Core data directories, the folders in which launchers of games, FileZilla and clients of VPNs keep who is signed in, the XDG
//! base directory and autostart specifications, systemd.unit(5), crontab(5), launchd.plist(5), Microsoft's "Run and RunOnce
//! registry keys".

use super::values::HOLE;

/// A part of a path, in lower case with `/`, and what it means. A part that starts with `/` stands at a folder's start.
const SECRETS: &[(&str, &str)] = &[
    ("/.ssh/id_", "ssh"),
    ("/.ssh", "ssh"),
    ("/.aws/credentials", "cloud"),
    ("/.aws/config", "cloud"),
    ("/.aws", "cloud"),
    ("/.azure/", "cloud"),
    ("/.config/gcloud", "cloud"),
    ("application_default_credentials.json", "cloud"),
    ("/.kube/config", "cloud"),
    ("/secrets/kubernetes.io/serviceaccount", "token"),
    ("/.docker/config.json", "cloud"),
    ("/.npmrc", "token"),
    ("/.pypirc", "token"),
    ("/.netrc", "token"),
    ("/.git-credentials", "token"),
    ("/.config/gh/hosts.yml", "token"),
    ("/.cargo/credentials", "token"),
    ("/.gem/credentials", "token"),
    ("/.gnupg", "token"),
    ("/.vault-token", "token"),
    ("/etc/shadow", "password"),
    ("/login data", "browser"),
    ("/local state", "browser"),
    ("/user data/default", "browser"),
    ("google/chrome/user data", "browser"),
    ("google-chrome", "browser"),
    ("bravesoftware/brave-browser", "browser"),
    ("microsoft/edge/user data", "browser"),
    ("opera software/opera", "browser"),
    ("mozilla/firefox/profiles", "browser"),
    ("/.mozilla/firefox", "browser"),
    ("/cookies.sqlite", "browser"),
    ("/logins.json", "browser"),
    ("/key4.db", "browser"),
    ("/web data", "browser"),
    ("/network/cookies", "browser"),
    ("library/keychains", "password"),
    ("discord/local storage/leveldb", "messenger"),
    ("discordcanary/local storage", "messenger"),
    ("discordptb/local storage", "messenger"),
    ("telegram desktop/tdata", "messenger"),
    ("/local storage/leveldb", "browser"),
    ("wallet.dat", "wallet"),
    ("/exodus/exodus.wallet", "wallet"),
    ("exodus.wallet", "wallet"),
    ("/electrum/wallets", "wallet"),
    ("/.electrum", "wallet"),
    ("/atomic/local storage", "wallet"),
    ("/.config/solana/id.json", "wallet"),
    ("/.bitcoin", "wallet"),
    ("/ethereum/keystore", "wallet"),
    ("/.ethereum", "wallet"),
    ("metamask", "wallet"),
    ("nkbihfbeogaeaoehlefnkodbefgpgknn", "wallet"),
    ("ejbalbakoplchlghecdalmeeeajnimhm", "wallet"),
    ("bfnaelmomeimhlpmgjnjophhpkkoljpa", "wallet"),
    ("/launcher_accounts.json", "password"),
    ("/launcher_accounts_microsoft_store.json", "password"),
    ("/launcher_profiles.json", "password"),
    ("/essential/microsoft_accounts.json", "password"),
    ("/.lunarclient/settings/game/accounts.json", "password"),
    ("/.feather/accounts.json", "password"),
    ("/prismlauncher/accounts.json", "password"),
    ("/polymc/accounts.json", "password"),
    ("/multimc/accounts.json", "password"),
    ("/gdlauncher_next/config.json", "password"),
    ("/steam/config/loginusers.vdf", "password"),
    ("/steam/ssfn", "password"),
    ("/epicgameslauncher/saved/config/windows", "password"),
    ("/ubisoft game launcher/users.dat", "password"),
    ("/roblox/localstorage/robloxcookies.dat", "password"),
    ("/growtopia/save.dat", "password"),
    ("/filezilla/recentservers.xml", "password"),
    ("/filezilla/sitemanager.xml", "password"),
    ("/nordvpn/user.config", "password"),
    ("/protonvpn/user.config", "password"),
    ("/.bash_history", "history"),
    ("/.zsh_history", "history"),
    ("/.python_history", "history"),
    ("consolehost_history.txt", "history"),
];

/// The same for places from which something runs by itself.
const PERSISTENT: &[(&str, &str)] = &[
    ("start menu/programs/startup", "startup"),
    ("/.config/autostart", "startup"),
    ("/.bashrc", "shell-profile"),
    ("/.bash_profile", "shell-profile"),
    ("/.bash_login", "shell-profile"),
    ("/.profile", "shell-profile"),
    ("/.zshrc", "shell-profile"),
    ("/.zprofile", "shell-profile"),
    ("/.zshenv", "shell-profile"),
    ("/etc/profile", "shell-profile"),
    ("/.config/fish/config.fish", "shell-profile"),
    ("/etc/cron", "cron"),
    ("/var/spool/cron", "cron"),
    ("/etc/systemd/system", "systemd"),
    ("/systemd/user", "systemd"),
    ("/lib/systemd/system", "systemd"),
    ("/etc/rc.local", "systemd"),
    ("/etc/init.d", "systemd"),
    ("library/launchagents", "launch-agent"),
    ("library/launchdaemons", "launch-agent"),
    ("/.ssh/authorized_keys", "authorized-keys"),
    ("/etc/hosts", "hosts"),
    ("system32/drivers/etc/hosts", "hosts"),
    ("/.git/hooks", "git-hook"),
    ("/etc/ld.so.preload", "preload"),
    ("/.cursor/mcp.json", "assistant"),
    ("/.claude.json", "assistant"),
    ("/.claude/settings", "assistant"),
    ("claude/claude_desktop_config.json", "assistant"),
    ("/.codeium/windsurf/mcp_config.json", "assistant"),
    ("/.gemini/settings.json", "assistant"),
    ("/.vscode/mcp.json", "assistant"),
    ("/.vscode/tasks.json", "editor"),
];

/// Parts of commands that make something run again.
const PERSISTENT_COMMANDS: &[(&str, &str)] = &[
    ("schtasks /create", "task"),
    ("schtasks.exe /create", "task"),
    ("currentversion\\run", "run-key"),
    ("crontab ", "cron"),
    ("systemctl enable", "systemd"),
    ("systemctl --user enable", "systemd"),
    ("launchctl load", "launch-agent"),
    ("register-scheduledtask", "task"),
    ("new-service ", "systemd"),
];

/// What secret a path leads to.
pub(crate) fn secret(path: &str) -> Option<&'static str> {
    means(path, SECRETS)
}

/// How what is written to a path comes to run by itself.
pub(crate) fn persists(path: &str) -> Option<&'static str> {
    means(path, PERSISTENT)
}

/// How a command makes something run again.
pub(crate) fn command_persists(command: &str) -> Option<&'static str> {
    let command = command.to_ascii_lowercase();
    PERSISTENT_COMMANDS.iter().find(|(part, _)| command.contains(part)).map(|(_, how)| *how)
}

/// Whether a registry key is one whose values run at start.
pub(crate) fn is_run_key(key: &str) -> bool {
    key.to_ascii_lowercase().replace('/', "\\").contains("currentversion\\run")
}

fn means(path: &str, table: &[(&str, &'static str)]) -> Option<&'static str> {
    if path.len() > 4096 {
        return None;
    }
    let path = format!("/{}", path.to_ascii_lowercase().replace(['\\', HOLE], "/").replace("//", "/").replace("//", "/"));
    table.iter().find(|(part, _)| path.contains(part)).map(|(_, what)| *what)
}
