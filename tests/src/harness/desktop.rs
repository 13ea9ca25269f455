use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use super::error::{Failure, Outcome, While};
use super::{PATIENCE, Process, on_path};

/// What a desktop app needs where there is none: a display (unless there is one), a session bus, an
/// unlocked keyring, and a home folder; all private, all gone at the end.
pub struct VirtualDesktop {
    environment: Vec<(String, String)>,
    // Ended in this order, then the folder is deleted.
    _keyring: Process,
    _bus: Process,
    _display: Option<Process>,
    _home: TempDir,
}

const SCREEN: &str = "1280x800x24";

impl VirtualDesktop {
    /// Display, bus and keyring.
    pub async fn start() -> Outcome<VirtualDesktop> {
        let display = start_display().await?;
        VirtualDesktop::over(Some(display)).await
    }

    /// Bus and keyring only: the display is that of the caller.
    pub async fn on_this_display() -> Outcome<VirtualDesktop> {
        VirtualDesktop::over(None).await
    }

    /// For every program that is to run on it.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// A command that runs on it.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command on it to its end, giving it `input`.
    pub async fn run(&self, command: Command, input: &str) -> Outcome<String> {
        let what = command.get_program().to_string_lossy().into_owned();
        let mut command = tokio::process::Command::from(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().doing(&what)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await.doing(&what)?;
        }
        let ran =
            tokio::time::timeout(PATIENCE, child.wait_with_output()).await.doing(&what)?.doing(&what)?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        match ran.status.success() {
            true => Ok(said),
            false => Err(Failure(format!("{what}: {said}{}", String::from_utf8_lossy(&ran.stderr)))),
        }
    }

    async fn over(display: Option<(Process, String)>) -> Outcome<VirtualDesktop> {
        let home = TempDir::with_prefix("vigil-desk-").doing("make a home folder")?;
        let mut environment = folders(home.path())?;
        let display = display.map(|(process, name)| {
            environment.extend([
                ("DISPLAY".to_owned(), name),
                ("GDK_BACKEND".to_owned(), "x11".to_owned()),
                ("LIBGL_ALWAYS_SOFTWARE".to_owned(), "1".to_owned()),
            ]);
            process
        });
        environment.extend([
            ("NO_AT_BRIDGE".to_owned(), "1".to_owned()),
            ("GTK_A11Y".to_owned(), "none".to_owned()),
        ]);
        let (bus, address) = start_bus(&environment).await?;
        environment.push(("DBUS_SESSION_BUS_ADDRESS".to_owned(), address));
        let keyring = start_keyring(&environment, home.path()).await?;
        Ok(VirtualDesktop { environment, _keyring: keyring, _bus: bus, _display: display, _home: home })
    }
}

/// Home and XDG folders; the runtime folder must be unreadable for others.
fn folders(home: &Path) -> Outcome<Vec<(String, String)>> {
    use std::os::unix::fs::PermissionsExt;
    let mut environment = vec![("HOME".to_owned(), home.to_string_lossy().into_owned())];
    let named = [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ];
    for (name, folder) in named {
        let path = home.join(folder);
        std::fs::create_dir(&path).doing("make a home folder")?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))
            .doing("make a home folder")?;
        environment.push((name.to_owned(), path.to_string_lossy().into_owned()));
    }
    Ok(environment)
}

/// Xvfb picks a free display by itself and writes its number when it is ready.
async fn start_display() -> Outcome<(Process, String)> {
    let mut command = Command::new(installed("Xvfb")?);
    command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
    let mut process = Process::start("Xvfb", command)?;
    let number = |line: &str| line.trim().parse::<u32>().ok();
    let number = process.line("a display number", PATIENCE, number).await?;
    Ok((process, format!(":{number}")))
}

async fn start_bus(environment: &[(String, String)]) -> Outcome<(Process, String)> {
    let mut command = Command::new(installed("dbus-daemon")?);
    command
        .args(["--session", "--nofork", "--print-address=1"])
        .envs(environment.iter().map(|(k, v)| (k, v)));
    let mut process = Process::start("dbus-daemon", command)?;
    let address = |line: &str| line.starts_with("unix:").then(|| line.trim().to_owned());
    let address = process.line("an address", PATIENCE, address).await?;
    Ok((process, address))
}

/// The daemon takes the password of a keyring that does not exist yet from standard input, and is
/// there when its name is on the bus.
async fn start_keyring(environment: &[(String, String)], home: &Path) -> Outcome<Process> {
    let password = home.join("keyring-password");
    std::fs::write(&password, "only-for-this-session").doing("write the keyring's password")?;
    let bus_of = |command: &mut Command| {
        command.envs(environment.iter().map(|(k, v)| (k, v)));
    };
    let mut watcher = Command::new(installed("gdbus")?);
    bus_of(&mut watcher);
    watcher.args(["wait", "--session", "--timeout=60", "org.freedesktop.secrets"]);
    let mut watcher = Process::start("gdbus wait", watcher)?;
    let mut command = Command::new("sh");
    bus_of(&mut command);
    command
        .arg("-c")
        .arg("exec \"$0\" --foreground --unlock --components=secrets <\"$1\"")
        .arg(installed("gnome-keyring-daemon")?)
        .arg(&password);
    let keyring = Process::start("gnome-keyring-daemon", command)?;
    let status = watcher.ended(PATIENCE).await?;
    match status.success() {
        true => Ok(keyring),
        false => Err(keyring.failure("did not come onto the session bus")),
    }
}

fn installed(program: &str) -> Outcome<PathBuf> {
    on_path(program).ok_or_else(|| Failure(format!("there is no {program}: run `make setup`")))
}
