//! Nothing is left running, however a test ends.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use smi_apiserver::{ApiServer, Assets, Options, assets_of_ours};

/// The processes that have a folder in their arguments.
fn running(folder: &Path) -> Vec<String> {
    let listed =
        Command::new("ps").args(["-A", "-ww", "-o", "pid=,args="]).output().expect("`ps` lists processes");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let folder = folder.to_str().expect("names of temporary folders are text");
    listed.lines().filter(|line| line.contains(folder)).map(str::to_owned).collect()
}

/// Fails unless everything of a folder is gone soon: what watches over servers goes a moment after them.
fn assert_gone(folder: &Path) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(20) {
        if running(folder).is_empty() && !folder.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{} exists: {}; still running: {:#?}", folder.display(), folder.exists(), running(folder));
}

/// A server with all its programs, and what it is known by.
async fn server() -> Option<(ApiServer, PathBuf)> {
    let assets = assets_of_ours().and_then(Assets::with_controllers)?;
    let server = ApiServer::start(&assets, &Options::default()).await.expect("the server starts");
    server.start_controllers().await.expect("the controllers start");
    let folder = server.folder().to_owned();
    let names = running(&folder).join("\n");
    for name in ["/etcd ", "/kube-apiserver ", "/kube-controller-manager "] {
        assert!(names.contains(name), "{name} does not run: {names}");
    }
    Some((server, folder))
}

#[tokio::test]
async fn nothing_is_left_of_a_server_that_is_dropped() {
    let Some((mut server, folder)) = server().await else { return };
    server.kill();
    server.restart().await.unwrap();
    drop(server);
    assert_gone(&folder);
}

#[tokio::test]
async fn nothing_is_left_of_a_test_that_panics() {
    let Some((server, folder)) = server().await else { return };
    let test = tokio::spawn(async move {
        let _server = server;
        panic!("as a failing assertion does");
    });
    assert!(test.await.unwrap_err().is_panic());
    assert_gone(&folder);
}

/// Not a test: the process that the next one kills.
#[tokio::test]
#[ignore = "run by nothing_is_left_of_a_process_that_is_killed"]
async fn a_process_with_a_server() {
    let Some((_server, folder)) = server().await else { return };
    println!("\n{FOLDER}{}", folder.display());
    std::io::stdout().flush().unwrap();
    // Until it is killed, or its parent is gone.
    std::io::stdin().lines().for_each(drop);
}

const FOLDER: &str = "servers run in ";

#[test]
fn nothing_is_left_of_a_process_that_is_killed() {
    if assets_of_ours().and_then(Assets::with_controllers).is_none() {
        return;
    }
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "end::a_process_with_a_server", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let folder = lines.map(Result::unwrap).find_map(|line| line.strip_prefix(FOLDER).map(PathBuf::from));
    let folder = folder.expect("the process says where its servers run");
    assert!(!running(&folder).is_empty());
    process.kill().unwrap();
    process.wait().unwrap();
    assert_gone(&folder);
}
