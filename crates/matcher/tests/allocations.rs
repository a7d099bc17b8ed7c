//! Posts in which no keyword occurs take no memory once the scratch has grown: counted at the
//! allocator, which is why this is a test binary of its own.
#![allow(
    clippy::unwrap_used,
    reason = "a test binary: helpers panic like tests"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use fengbiao_matcher::Scratch;
use fengbiao_model::Position;

#[allow(dead_code, reason = "this binary uses a few of them")]
#[path = "it/support.rs"]
mod support;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts.
struct Counting;

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller's.
        unsafe { System.realloc(at, layout, bytes) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn posts_in_which_no_keyword_occurs_take_no_memory() {
    let matcher = support::one_rule(
        "(@place NEAR/20 @symptom) OR 停电 OR 食物中毒 OR 和服 OR iPhone",
        "separators = 1",
    );
    let mut scratch = Scratch::default();
    let texts = [
        "今天下班早，沿着江边慢慢走回家，楼下新开的书店晚上十点才关门",
        "ＡＢＣ😀𠮷野家\u{200b}，é ß ｶﾞ",
        "周末 想 去 山-里 看看 秋*天 的 树叶",
        "x",
    ];
    let posts = texts.map(|text| support::post(Some("一个普通的标题"), text));
    let all = |scratch: &mut Scratch| {
        for post in &posts {
            let _ = matcher.matches(post, Position::default(), scratch);
        }
    };
    all(&mut scratch);
    let hit = support::post(None, "食 物 中 毒，小区停电");
    assert_eq!(
        matcher
            .matches(&hit, Position::default(), &mut scratch)
            .len(),
        1
    );

    let before = TAKEN.get();
    for _ in 0..100 {
        for post in &posts {
            assert!(
                matcher
                    .matches(post, Position::default(), &mut scratch)
                    .is_empty()
            );
        }
    }
    assert_eq!(TAKEN.get() - before, 0);

    let before = TAKEN.get();
    let _ = matcher.matches(&hit, Position::default(), &mut scratch);
    assert!(TAKEN.get() > before, "what is counted is counted");
}
