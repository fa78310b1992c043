//! Which symbols stand where in a piece of text.

use super::program::Places;
use super::symbol::Symbol;

/// The last place of a piece of text; words stand between places 0 and this.
pub(super) const LAST_PLACE: u32 = 63;

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// The symbol plus one; 0 is an empty cell.
    key: u32,
    /// The longer occurrences, plus one; 0 is none.
    longer: u32,
    /// Where it begins and takes one step.
    short: Places,
}

#[derive(Debug, Clone, Copy)]
struct Longer {
    steps: u32,
    next: u32,
    places: Places,
}

/// Which symbols stand where. A hash table that is emptied and used again.
#[derive(Debug)]
pub(super) struct Occurrences {
    cells: Vec<Cell>,
    used: Vec<u32>,
    /// A bit for each symbol that is there: most that are not are told so here.
    filter: [u64; FILTER_BITS / 64],
    longer: Vec<Longer>,
    /// Where words begin that take one step.
    words: Places,
    /// Where words begin that take two, since they may also be read as two words.
    double_words: Places,
    /// Where whole words begin or end.
    bounds: Places,
    /// Where fillers begin that take one step.
    fillers: Places,
    /// Fillers that take more.
    long_fillers: Vec<(u32, Places)>,
}

const SPREAD: u32 = 0x9e37_79b1;
const FILTER_BITS: usize = 1024;

impl Default for Occurrences {
    fn default() -> Self {
        Self {
            cells: vec![Cell::default(); 256],
            used: Vec::new(),
            filter: [0; FILTER_BITS / 64],
            longer: Vec::new(),
            words: 0,
            double_words: 0,
            bounds: 0,
            fillers: 0,
            long_fillers: Vec::new(),
        }
    }
}

impl Occurrences {
    pub fn clear(&mut self) {
        for place in self.used.drain(..) {
            self.cells[place as usize] = Cell::default();
        }
        self.filter = [0; FILTER_BITS / 64];
        self.longer.clear();
        self.long_fillers.clear();
        self.words = 0;
        self.double_words = 0;
        self.bounds = 0;
        self.fillers = 0;
    }

    /// A word of one or two steps stands here.
    pub fn word(&mut self, place: u32, steps: u32) {
        if steps == 1 {
            self.words |= 1 << place;
        } else {
            self.double_words |= 1 << place;
        }
        self.bounds |= 1 << place | 1 << (place + steps);
    }

    /// Where whole words begin or end.
    pub fn bounds(&self) -> Places {
        self.bounds
    }

    /// A filler stands here.
    pub fn filler(&mut self, place: u32, steps: u32) {
        if steps == 1 {
            self.fillers |= 1 << place;
        } else {
            self.long_fillers.push((steps, 1 << place));
        }
    }

    /// A symbol stands here; whether that was new.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a piece of text has few symbols"
    )]
    pub fn mark(&mut self, symbol: Symbol, place: u32, steps: u32) {
        if self.used.len() * 2 >= self.cells.len() {
            self.grow();
        }
        let at = self.place(symbol);
        let cell = &mut self.cells[at];
        if cell.key == 0 {
            cell.key = symbol + 1;
            let (word, bit) = filter_bit(symbol);
            self.filter[word] |= bit;
            self.used.push(at as u32);
        }
        if steps == 1 {
            cell.short |= 1 << place;
            return;
        }
        let mut next = cell.longer;
        while next != 0 {
            let longer = &mut self.longer[next as usize - 1];
            if longer.steps == steps {
                longer.places |= 1 << place;
                return;
            }
            next = longer.next;
        }
        self.longer.push(Longer {
            steps,
            next: cell.longer,
            places: 1 << place,
        });
        cell.longer = self.longer.len() as u32;
    }

    /// The symbols, in the order in which they were marked first.
    pub fn symbol(&self, nth: usize) -> Option<Symbol> {
        let at = *self.used.get(nth)?;
        Some(self.cells[at as usize].key - 1)
    }

    /// Whether the symbol may stand anywhere.
    #[inline]
    pub fn may_have(&self, symbol: Symbol) -> bool {
        let (word, bit) = filter_bit(symbol);
        self.filter[word] & bit != 0
    }

    /// Whether the symbol stands anywhere.
    #[inline]
    pub fn has(&self, symbol: Symbol) -> bool {
        self.may_have(symbol) && self.cells[self.place(symbol)].key != 0
    }

    /// Where the symbol ends that begins at one of these places.
    #[inline]
    pub fn after(&self, symbol: Symbol, from: Places) -> Places {
        let cell = self.cells[self.place(symbol)];
        let mut places = (from & cell.short) << 1;
        let mut next = cell.longer;
        while next != 0 {
            let longer = self.longer[next as usize - 1];
            places |= (from & longer.places) << longer.steps;
            next = longer.next;
        }
        places
    }

    /// Where the symbol begins.
    pub fn begins(&self, symbol: Symbol) -> Places {
        let cell = self.cells[self.place(symbol)];
        let mut places = cell.short;
        let mut next = cell.longer;
        while next != 0 {
            let longer = self.longer[next as usize - 1];
            places |= longer.places;
            next = longer.next;
        }
        places
    }

    /// Where the word ends that begins at one of these places.
    #[inline]
    pub fn after_any(&self, from: Places) -> Places {
        (from & self.words) << 1 | (from & self.double_words) << 2
    }

    /// These places, and those behind the fillers that begin at them.
    #[inline]
    pub fn past_fillers(&self, from: Places) -> Places {
        if self.fillers == 0 && self.long_fillers.is_empty() {
            return from;
        }
        let mut places = from;
        loop {
            let mut wider = places | (places & self.fillers) << 1;
            for (steps, fillers) in &self.long_fillers {
                wider |= (places & fillers) << steps;
            }
            if wider == places {
                return places;
            }
            places = wider;
        }
    }

    #[inline]
    fn place(&self, symbol: Symbol) -> usize {
        let mask = self.cells.len() - 1;
        let mut at = (symbol.wrapping_mul(SPREAD) >> 16) as usize & mask;
        loop {
            let key = self.cells[at].key;
            if key == 0 || key == symbol + 1 {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a piece of text has few symbols"
    )]
    fn grow(&mut self) {
        let larger = vec![Cell::default(); self.cells.len() * 2];
        let old = std::mem::replace(&mut self.cells, larger);
        for nth in 0..self.used.len() {
            let cell = old[self.used[nth] as usize];
            let at = self.place(cell.key - 1);
            self.cells[at] = cell;
            self.used[nth] = at as u32;
        }
    }
}

#[inline]
fn filter_bit(symbol: Symbol) -> (usize, u64) {
    let at = symbol.wrapping_mul(SPREAD) >> (32 - FILTER_BITS.trailing_zeros());
    (at as usize / 64, 1 << (at % 64))
}
