//! How many steps are taken to follow the values of one file, and how many of them go over what was run before.
//!
//! Following a call again pays in code that hides what it does or handles what is private, and hardly ever elsewhere: such
//! code opens a reserve, and so does, bit by bit, whatever says something new. Counted, never clocked.

/// Steps that any code may spend on running again what ran before, besides one for each byte.
const OWN_STEPS: u64 = 30_000;

/// Steps that it may spend besides, where something comes of it.
const RESERVE_STEPS: u64 = 940_000;

/// Steps of the reserve that are given out where something new was said.
const PAID_STEPS: u64 = 100_000;

/// Steps that are left.
pub(crate) struct Budget {
    /// All of them; at least 1 until a statement is refused.
    pub steps: u64,
    /// Those that may be spent on running what ran before.
    repeats: u64,
    /// More of them, for code where something comes of it.
    reserve: u64,
    /// How much was said when some of the reserve was last given out.
    paid: u64,
    /// Those of them that nothing may come of.
    fruitless: u64,
}

impl Budget {
    /// For a source of this many bytes.
    pub(crate) fn of(len: usize) -> Self {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        Self {
            steps: len.saturating_mul(8).saturating_add(2_000_000),
            repeats: len.saturating_add(OWN_STEPS),
            reserve: RESERVE_STEPS,
            paid: 0,
            fruitless: (len / 2).saturating_add(20_000),
        }
    }

    /// One more step; whether it may be taken.
    pub(crate) fn spend(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    /// Making this many bytes costs steps too.
    pub(crate) fn spend_bytes(&mut self, bytes: usize) {
        let cost = u64::try_from(bytes >> 6).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_sub(cost).max(1);
        self.repeats = self.repeats.saturating_sub(cost);
    }

    /// Reading this many bytes of code costs steps too.
    pub(crate) fn spend_code(&mut self, bytes: usize) {
        let cost = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(4).saturating_add(64);
        self.steps = self.steps.saturating_sub(cost).max(1);
    }

    /// These steps went over what had been run before.
    pub(crate) fn repeated(&mut self, steps: u64) {
        self.repeats = self.repeats.saturating_sub(steps);
    }

    /// Whether something that ran before may be run again.
    pub(crate) fn may_repeat(&self) -> bool {
        self.repeats > 0 && self.steps > 0
    }

    /// So much was said by now: there may be more behind what is new.
    pub(crate) fn pays(&mut self, said: u64) {
        if said > self.paid {
            self.paid = said;
            self.give_out(PAID_STEPS);
        }
    }

    /// The code hides what it does, runs what it has made, or reads what is private.
    pub(crate) fn open(&mut self) {
        self.give_out(u64::MAX);
    }

    fn give_out(&mut self, steps: u64) {
        let steps = steps.min(self.reserve);
        self.reserve = self.reserve.saturating_sub(steps);
        self.repeats = self.repeats.saturating_add(steps);
    }

    /// Nothing came of these steps, which went over what had been run before.
    pub(crate) fn wasted(&mut self, steps: u64) {
        self.fruitless = self.fruitless.saturating_sub(steps);
    }

    /// Whether something that ran before may be run again although nothing came of it.
    pub(crate) fn may_waste(&self) -> bool {
        self.fruitless > 0
    }

    /// Steps that one function may be run again for.
    pub(crate) fn again(&self) -> u64 {
        self.repeats.saturating_add(self.reserve) / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_given_out_once() {
        let mut budget = Budget::of(0);
        budget.repeated(OWN_STEPS);
        assert!(!budget.may_repeat());
        budget.pays(1);
        budget.pays(1);
        budget.repeated(PAID_STEPS);
        assert!(!budget.may_repeat(), "the same words are paid once");
        budget.open();
        budget.open();
        budget.repeated(RESERVE_STEPS - PAID_STEPS);
        assert!(!budget.may_repeat());
        budget.pays(2);
        assert!(!budget.may_repeat(), "nothing is left");
    }

    #[test]
    fn making_bytes_leaves_a_step_to_say_that_there_are_none() {
        let mut budget = Budget::of(10);
        budget.spend_bytes(usize::MAX);
        assert_eq!(budget.steps, 1);
        assert!(!budget.spend());
    }
}
