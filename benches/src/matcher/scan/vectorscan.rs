//! vectorscan, the portable fork of Intel's Hyperscan, loaded when the program runs where it is
//! installed (Debian: `libvectorscan5`): literal keywords over the folded text in UTF-8.
//!
//! What has to hold for the unsafe code, and why it does:
//!
//! 1. **The functions are those declared here.** The library is asked for by the name that carries its
//!    major version, and the types are those of its `hs_compile.h` and `hs_runtime.h`, version 5.
//! 2. **What it is given outlives the call.** It keeps no pointer to keywords or text: the keywords
//!    are compiled into the database, the text is read while `hs_scan` runs.
//! 3. **What it gives is freed once, by itself, before it is unloaded.** [`Vectorscan`] owns database
//!    and scratch, frees them when dropped, and its library field is dropped after that.
//! 4. **Its scratch is used by one scan at a time.** Scanning takes `&mut self`, and the type is
//!    neither `Send` nor `Sync`, for it holds raw pointers.
//! 5. **Calling back never unwinds.** [`count`] adds one to what the context points to, the caller's
//!    own counter, alive while the call runs.
#![allow(unsafe_code, reason = "see the obligations above")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

use anyhow::{Context as _, ensure};
use fengbiao_matcher::fold::{fold_char, fold_str};
use libloading::{Library, Symbol};

const LIBRARY: &str = "libhs.so.5";
const SUCCESS: c_int = 0;
const MODE_BLOCK: c_uint = 1;

#[repr(C)]
struct CompileError {
    message: *mut c_char,
    expression: c_int,
}

type Compile = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    *const usize,
    c_uint,
    c_uint,
    *const c_void,
    *mut *mut c_void,
    *mut *mut CompileError,
) -> c_int;
type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type Scan = unsafe extern "C" fn(
    *const c_void,
    *const c_char,
    c_uint,
    c_uint,
    *mut c_void,
    OnMatch,
    *mut c_void,
) -> c_int;
type AllocScratch = unsafe extern "C" fn(*const c_void, *mut *mut c_void) -> c_int;
type Size = unsafe extern "C" fn(*const c_void, *mut usize) -> c_int;
type Free = unsafe extern "C" fn(*mut c_void) -> c_int;
type FreeError = unsafe extern "C" fn(*mut CompileError) -> c_int;

/// Its database for some keywords, with memory to scan in.
pub(crate) struct Vectorscan {
    database: *mut c_void,
    scratch: *mut c_void,
    scan: Scan,
    free_database: Free,
    free_scratch: Free,
    memory_bytes: usize,
    folded: String,
    _library: Library,
}

/// The library, where it is installed.
pub(crate) fn installed() -> Result<Library, libloading::Error> {
    // SAFETY: its initialisers ask the processor what it has and set up tables; nothing of this
    // program runs in them.
    unsafe { Library::new(LIBRARY) }
}

impl Vectorscan {
    pub(crate) fn new(library: Library, keywords: &[String]) -> anyhow::Result<Self> {
        // SAFETY: (1).
        let made = unsafe {
            Self {
                database: ptr::null_mut(),
                scratch: ptr::null_mut(),
                scan: *function(&library, c"hs_scan")?,
                free_database: *function(&library, c"hs_free_database")?,
                free_scratch: *function(&library, c"hs_free_scratch")?,
                memory_bytes: 0,
                folded: String::new(),
                _library: library,
            }
        };
        made.filled(keywords)
    }

    fn filled(mut self, keywords: &[String]) -> anyhow::Result<Self> {
        // SAFETY: (1).
        let (compile, free_error, alloc_scratch, size) = unsafe {
            (
                *function::<Compile>(&self._library, c"hs_compile_lit_multi")?,
                *function::<FreeError>(&self._library, c"hs_free_compile_error")?,
                *function::<AllocScratch>(&self._library, c"hs_alloc_scratch")?,
                *function::<Size>(&self._library, c"hs_database_size")?,
            )
        };
        let keywords: Vec<String> = keywords.iter().map(|keyword| fold_str(keyword)).collect();
        let texts: Vec<*const c_char> = keywords.iter().map(|one| one.as_ptr().cast()).collect();
        let lengths: Vec<usize> = keywords.iter().map(String::len).collect();
        let count = c_uint::try_from(keywords.len())?;
        let ids: Vec<c_uint> = (0..count).collect();
        let flags = vec![0; keywords.len()];
        let mut error = ptr::null_mut();
        // SAFETY: four lists of `count` entries; each text has the length given (2).
        let compiled = unsafe {
            compile(
                texts.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                lengths.as_ptr(),
                count,
                MODE_BLOCK,
                ptr::null(),
                &raw mut self.database,
                &raw mut error,
            )
        };
        if compiled != SUCCESS {
            // SAFETY: where it fails it gives an error with a message, to be freed once (3).
            let message = unsafe {
                let message = CStr::from_ptr((*error).message)
                    .to_string_lossy()
                    .into_owned();
                free_error(error);
                message
            };
            anyhow::bail!("vectorscan does not compile the keywords: {message}");
        }
        let mut database = 0;
        // SAFETY: the database is sound; room for the results is its own.
        unsafe {
            ensure!(
                size(self.database, &raw mut database) == SUCCESS,
                "no size of the database"
            );
            let allocated = alloc_scratch(self.database, &raw mut self.scratch);
            ensure!(allocated == SUCCESS, "vectorscan has no memory to scan in");
        }
        self.memory_bytes = database;
        Ok(self)
    }

    /// Bytes of the database.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// Occurrences in the folded text, made into a string that is used again; where they stand in the
    /// original is not worked out. A number that no other engine finds where it fails.
    pub(crate) fn scan(&mut self, posts: &[&str]) -> usize {
        let mut found = 0_usize;
        for post in posts {
            self.folded.clear();
            self.folded.extend(post.chars().filter_map(fold_char));
            let Ok(length) = c_uint::try_from(self.folded.len()) else {
                return usize::MAX;
            };
            // SAFETY: the text is as long as said; (2), (4), (5).
            let scanned = unsafe {
                (self.scan)(
                    self.database,
                    self.folded.as_ptr().cast(),
                    length,
                    0,
                    self.scratch,
                    count,
                    (&raw mut found).cast(),
                )
            };
            if scanned != SUCCESS {
                return usize::MAX;
            }
        }
        found
    }
}

impl Drop for Vectorscan {
    fn drop(&mut self) {
        // SAFETY: (3); both take null.
        unsafe {
            (self.free_scratch)(self.scratch);
            (self.free_database)(self.database);
        }
    }
}

/// # Safety
/// What the library calls `name` is a function of type `T`.
unsafe fn function<'l, T>(
    library: &'l Library,
    name: &'static CStr,
) -> anyhow::Result<Symbol<'l, T>> {
    // SAFETY: the caller's.
    let found = unsafe { library.get(name) };
    found.with_context(|| format!("a function of {LIBRARY}"))
}

extern "C" fn count(
    _id: c_uint,
    _from: c_ulonglong,
    _to: c_ulonglong,
    _flags: c_uint,
    context: *mut c_void,
) -> c_int {
    // SAFETY: (5).
    unsafe { *context.cast::<usize>() += 1 };
    0
}
