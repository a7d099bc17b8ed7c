//! Files that grow, turn and are broken.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use fengbiao_crawler::{FileSource, LineError, Lines, LocalState, Place, Source};

use crate::support::{FastClock, Memory, Running, preparer, until};

fn file(path: &Path, follow: bool, state: Option<&Path>) -> Vec<Box<dyn Source>> {
    let state = state.map(|folder| LocalState::open(folder.to_owned()).unwrap());
    let preparer = preparer("desk", FastClock::new(1));
    vec![Box::new(FileSource {
        place: Place::named(path),
        preparer,
        follow,
        state,
    })]
}

fn line(text: &str) -> String {
    format!("{{\"text\":\"{text}\"}}\n")
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[tokio::test]
async fn a_followed_file_may_grow_turn_and_be_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.ndjson");
    let memory = Arc::new(Memory::default());
    let running = Running::start(&memory, FastClock::new(1), file(&path, true, None));
    append(&path, &line("1"));
    memory.await_posts(1).await;
    append(&path, "{\"text\":");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    append(&path, "\"2\"}\n");
    memory.await_posts(2).await;
    append(&path, &line("3"));
    fs::rename(&path, folder.path().join("posts.1")).unwrap();
    append(&path, &line("4, the longest"));
    memory.await_posts(4).await;
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    // Whether it is seen empty or not: it is shorter than what was read of it.
    append(&path, &line("5"));
    memory.await_posts(5).await;
    running.stop().await;
    assert_eq!(memory.texts(), ["1", "2", "3", "4, the longest", "5"]);
    assert!(memory.letters.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_place_is_remembered_and_another_file_is_not_mistaken() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (
        folder.path().join("posts.ndjson"),
        folder.path().join("state"),
    );
    let read = async |expected: &[&str]| {
        let memory = Arc::new(Memory::default());
        let running = Running::start(&memory, FastClock::new(1), file(&path, true, Some(&state)));
        memory.await_posts(expected.len()).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        running.stop().await;
        assert_eq!(memory.texts(), expected);
    };
    append(&path, &(line("1") + &line("2")));
    read(&["1", "2"]).await;
    append(&path, &line("3"));
    read(&["3"]).await;
    fs::write(
        &path,
        line("another") + &line("file") + &line("of") + &line("lines"),
    )
    .unwrap();
    read(&["another", "file", "of", "lines"]).await;
    let packed = zstd::encode_all(line("packed").as_bytes(), 0).unwrap();
    fs::write(&path, packed).unwrap();
    read(&["packed"]).await;
    read(&[]).await;
}

#[tokio::test]
async fn broken_lines_become_dead_letters_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.ndjson");
    let mut bytes = b"{\"text\":\"first\"}\r\nnonsense\n".to_vec();
    bytes.extend(vec![b'x'; 10 << 20]);
    bytes.push(b'\n');
    bytes.extend(vec![0; 1_000_000]);
    bytes.extend_from_slice(
        b"\n{\"text\":\"\xcd\xa3\xb5\xe7\xcd\xa3\xcb\xae\"}\n{\"text\":\"last\"}",
    );
    fs::write(&path, bytes).unwrap();
    let memory = Arc::new(Memory::default());
    let running = Running::start(&memory, FastClock::new(60), file(&path, false, None));
    until(|| memory.letters.lock().unwrap().len() == 4 && memory.texts().len() == 2).await;
    running.stop().await;
    assert_eq!(memory.texts(), ["first", "last"]);
    let letters = memory.letters.lock().unwrap();
    for (letter, (number, reason)) in letters.iter().zip([
        (2, "not JSON"),
        (3, "longer than 1048576 bytes"),
        (4, "not JSON"),
        (5, "reads as GB18030; hint: set `encoding"),
    ]) {
        assert!(
            letter
                .origin
                .ends_with(&format!("posts.ndjson, line {number}")),
            "{letter:?}"
        );
        assert!(letter.reason.contains(reason), "{}", letter.reason);
        assert!(letter.payload.len() <= fengbiao_crawler::limits::MAX_LETTER_BYTES);
    }
    let pulses = memory.pulses.lock().unwrap();
    let sum = |of: fn(&fengbiao_model::Pulse) -> u32| pulses.iter().map(of).sum::<u32>();
    assert_eq!(
        (sum(|p| p.polls), sum(|p| p.posts), sum(|p| p.refused)),
        (1, 2, 4)
    );
}

#[tokio::test]
async fn a_source_that_brings_nothing_has_pulses_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts.ndjson");
    append(&path, "");
    let memory = Arc::new(Memory::default());
    // A minute lasts six seconds: none is left out where the machine is busy.
    let running = Running::start(&memory, FastClock::new(10), file(&path, true, None));
    until(|| memory.pulses.lock().unwrap().len() >= 3).await;
    running.stop().await;
    let pulses = memory.pulses.lock().unwrap();
    let minutes: Vec<_> = pulses.iter().take(3).map(|p| p.minute.minute()).collect();
    assert!(
        minutes.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{minutes:?}"
    );
    assert!(pulses.iter().take(3).all(|p| p.polls > 0 && p.posts == 0));
}

#[test]
fn the_iterator_reads_plain_gzip_and_zstd() {
    let folder = tempfile::tempdir().unwrap();
    let plain = format!("{}nonsense\n{}", line("1"), line("2"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(plain.as_bytes()).unwrap();
    let packed = [
        plain.as_bytes().to_vec(),
        gzip.finish().unwrap(),
        zstd::encode_all(plain.as_bytes(), 0).unwrap(),
    ];
    for bytes in packed {
        let path = folder.path().join("posts");
        fs::write(&path, bytes).unwrap();
        let lines = Lines::open(Place::File(path), preparer("desk", FastClock::new(1))).unwrap();
        let numbers: Vec<_> = lines
            .map(|line| match line {
                Ok(line) => line.line,
                Err(LineError::Refused { line, .. }) => line + 100,
                Err(error) => panic!("{error}"),
            })
            .collect();
        assert_eq!(numbers, [1, 102, 3]);
    }
    let missing = Lines::open(
        Place::File(folder.path().join("no")),
        preparer("desk", FastClock::new(1)),
    );
    assert!(matches!(missing, Err(LineError::Read { .. })));
}

#[test]
fn a_corpus_is_read_whole() {
    let Some(folder) = std::env::var_os("FENGBIAO_CORPORA") else {
        eprintln!("skipped: a_corpus_is_read_whole: FENGBIAO_CORPORA is not set");
        return;
    };
    let path = Path::new(&folder).join("news_posts_2020.jsonl.zst");
    let map = "published_at=ts,reposts=reposts,comments=comments,likes=likes";
    let source = crate::support::source("news");
    let intake = fengbiao_crawler::Intake {
        map: fengbiao_crawler::FieldMap::parse(map).unwrap(),
        times: fengbiao_crawler::Times::Archive,
        ..fengbiao_crawler::Intake::new(source)
    };
    let keys = fengbiao_crawler::PseudonymKeys::new(
        [1; 32],
        fengbiao_model::TimeSpan::from_hours(30 * 24),
    );
    let clock = FastClock::new(1);
    let preparer = fengbiao_crawler::Preparer::new(intake, keys, clock, crate::support::metrics());
    let (mut taken, mut refused) = (0, 0);
    for line in Lines::open(Place::File(path), preparer).unwrap() {
        match line {
            Ok(_) => taken += 1,
            Err(LineError::Refused { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(taken + refused, 7_951);
    assert!(refused * 100 < taken, "{refused} of {taken} refused");
}
