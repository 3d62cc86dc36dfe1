/*
 * The protocol of the lock, step by step. Read this file first; surroundings.pml has the kernel, other programs, and
 * the properties S1, S2, S3 and L1.
 *
 * A lock has three bytes. FIRST and LOCK together are the lock: who becomes a holder needs both at once. SEAL is the
 * mark of a holder: it refuses nobody, but whoever has it has had both. Everybody takes them in this order, and lets
 * go in the opposite one. The kernel can drop all three silently, and a process cannot ask whether it still has one,
 * other than by letting go of it and taking it again. So a holder lets go of one only while it has another.
 *
 * For who does not know Promela: "atomic" is one step that nobody interrupts, here one call of fcntl(2). In "if" any
 * branch ("::") whose condition, before "->", is true may be taken; spin tries all of them, with all orders of the
 * steps of all processes. A label is the number of the step; steps follow one another unless a "goto" says otherwise.
 */
#include "surroundings.pml"

#define canTake(b) canLock(file, b, me)
#define take(b) lock(file, b, me)
#define letGo(b) unlock(file, b, me)
/* A call that fails has done its work, or has not. */
#define takeThatFails(b) if :: canTake(b) -> take(b) :: true fi
#define letGoThatFails(b) if :: letGo(b) :: true fi
/* The process may be killed at any step, and then starts again. */
#define OR_DIE :: mayDie -> die(me); held = 0; file = 0; lockInQuestion = false; goto outside

proctype Instance(byte me)
{
	byte held;		/* the file whose lock it holds, if it is a holder */
	byte file;		/* the file that it works on: another one while it acquires a replacing file */
	bool lockInQuestion;	/* a call failed when it had let go of LOCK, or was about to: it may not have LOCK */

outside:
	atomic { !calm -> begin(me); file = path; held = path }

/* Acquire 1: FIRST, one try. If it is busy, a taker is refused; who acquires a replacing file looks there. */
acquire_1:
	atomic { if
	:: canTake(FIRST) -> take(FIRST)
	:: !canTake(FIRST) -> if
		:: told[me] == OUTSIDE -> goto refused
		:: told[me] != OUTSIDE -> goto look_1
		fi
	:: mayFail -> takeThatFails(FIRST); goto undo_3
	OR_DIE fi }
/* Acquire 2: LOCK, one try, only by who has FIRST. Who has it without FIRST is a holder that verifies or doubts. */
acquire_2:
	atomic { if
	:: canTake(LOCK) -> take(LOCK)
	:: !canTake(LOCK) -> if
		:: told[me] == OUTSIDE -> goto undo_3
		:: told[me] != OUTSIDE -> tellLost(me); goto lost_there
		fi
	:: mayFail -> takeThatFails(LOCK); goto undo_2
	OR_DIE fi }
/* Acquire 3: the path must still name this file, and the content may be somebody's data. */
acquire_3:
	atomic { if
	:: path == file -> skip
	:: path != file || !calm -> goto undo_2
	OR_DIE fi }
/* Acquire 4: SEAL, one try. Got or not, or if the call fails: HELD, since FIRST and LOCK are held. */
acquire_4:
	atomic { if
	:: canTake(SEAL) -> take(SEAL); tellHeld(me)
	:: !canTake(SEAL) -> tellHeld(me)
	:: mayFail -> takeThatFails(SEAL); tellHeld(me)
	OR_DIE fi }
	/* Only now is the replaced file closed. */
	atomic { if
	:: held != file -> unlockAll(held, me); held = file; lockInQuestion = false; goto holder
	:: held == file -> goto holder
	OR_DIE fi }

/* Refused: what was taken is let go of in the opposite order. FIRST goes last, or LOCK would be held by no holder. */
undo_2:	atomic { if :: letGo(LOCK) OR_DIE fi }
undo_3:	atomic { if :: letGo(FIRST); goto refused OR_DIE fi }
refused:
	atomic { if
	:: told[me] == OUTSIDE -> tellOutside(me); disturbed[me] = false; file = 0; held = 0; goto outside
	:: told[me] != OUTSIDE -> goto doubt
	fi }

/* A holder verifies its lock again and again, or closes it. If the path names another file, it acquires that one. */
holder:
	atomic { if
	:: begin(me); file = path; if
		:: file != held -> goto acquire_1
		:: file == held -> skip
		fi
	:: !calm -> goto close_1
	OR_DIE fi }
/*
 * Verify 0: an earlier call failed, and LOCK may be free. It is taken before FIRST is let go of, or there would be an
 * undropped holder without either. All the rest follows, because FIRST may have been dropped meanwhile.
 */
verify_0:
	atomic { if
	:: !lockInQuestion -> skip
	:: lockInQuestion && canTake(LOCK) -> take(LOCK); lockInQuestion = false; hasTheLock(me)
	:: lockInQuestion && !canTake(LOCK) -> tellLost(me); goto close_1
	:: lockInQuestion && mayFail -> takeThatFails(LOCK); goto doubt
	OR_DIE fi }
/* Verify 1: let go of FIRST and take it again. LOCK keeps everybody else out meanwhile. */
verify_1:
	atomic { if
	:: letGo(FIRST)
	:: mayFail -> letGoThatFails(FIRST); goto doubt
	OR_DIE fi }
	atomic { if
	:: canTake(FIRST) -> take(FIRST)
	:: !canTake(FIRST) -> goto verify_4
	:: mayFail -> takeThatFails(FIRST); goto doubt
	OR_DIE fi }
/*
 * Verify 2: let go of LOCK and take it again, one try. FIRST keeps takers out meanwhile. If it is busy, our lock was
 * dropped, and who has LOCK without FIRST is a holder: LOST.
 */
verify_2:
	atomic { if
	:: letGo(LOCK)
	:: mayFail -> lockInQuestion = true; letGoThatFails(LOCK); goto doubt
	OR_DIE fi }
	atomic { if
	:: canTake(LOCK) -> take(LOCK); hasTheLock(me)
	:: !canTake(LOCK) -> tellLost(me); goto close_1
	:: mayFail -> lockInQuestion = true; takeThatFails(LOCK); goto doubt
	OR_DIE fi }
/*
 * Verify 3: let go of SEAL and take it again, a few tries: HELD, got or not. After the last long pause ("calm") this
 * takes microseconds, and whoever looks at SEAL does so for 100 ms: so it is one step then.
 */
verify_3:
	atomic { if
	:: letGo(SEAL); if
		:: calm && canTake(SEAL) -> take(SEAL); tellHeld(me); goto holder
		:: calm && !canTake(SEAL) -> tellHeld(me); goto holder
		:: !calm -> skip
		fi
	:: mayFail -> letGoThatFails(SEAL); goto doubt
	OR_DIE fi }
mark:	atomic { if
	:: canTake(SEAL) -> take(SEAL); tellHeld(me); goto holder
	:: !canTake(SEAL) -> tellHeld(me); goto holder
	:: !canTake(SEAL) && !calm -> goto mark
	:: mayFail -> takeThatFails(SEAL); goto doubt
	OR_DIE fi }

/* Verify 4: FIRST is busy. LOCK is not touched: it is the only one that may be left. SEAL goes, and others look. */
verify_4:
	atomic { if
	:: letGo(SEAL)
	:: mayFail -> letGoThatFails(SEAL); goto doubt
	OR_DIE fi }
/*
 * Look: is there a holder? PROBE is locked shared first: if that is refused, somebody has locked the whole file, and
 * SEAL proves nothing. Then SEAL, shared as well: if that is refused, another holder has it: LOST.
 */
look_1:
	atomic { if
	:: ownerOf(file, SEAL) != WHOLE_FILE_PROGRAM -> readersOfProbe[file] = readersOfProbe[file] | asBit(me)
	:: ownerOf(file, SEAL) == WHOLE_FILE_PROGRAM || mayFail -> goto doubt
	OR_DIE fi }
look_2:
	atomic { if
	:: noOtherOwner(file, SEAL, me) -> if
		:: calm -> skip
		:: !calm -> readersOfSeal[file] = readersOfSeal[file] | asBit(me)
		fi
	:: !noOtherOwner(file, SEAL, me) -> unlockShared(file, me); tellLost(me); goto lost_there
	:: mayFail -> skip
	OR_DIE fi }
	atomic { if
	:: unlockShared(file, me); goto doubt
	:: !calm -> unlockShared(file, me); goto look_1
	OR_DIE fi }

/* In doubt, everything that is held stays held, and the next verification tries again. */
doubt:
	atomic { if
	:: file = held; tellDoubt(me, !lockInQuestion); goto holder
	OR_DIE fi }

/* LOST: let go of what was taken of a replacing file, then close. */
lost_there:
	atomic { if
	:: file != held -> letGo(FIRST); file = held
	:: file == held -> skip
	OR_DIE fi }
/* Close, and after LOST: SEAL, LOCK, FIRST. It counts as a holder until LOCK is let go of. */
close_1:
	atomic { if :: letGo(SEAL) OR_DIE fi }
close_2:
	atomic { if :: letGo(LOCK); tellOutside(me) OR_DIE fi }
close_3:
	atomic { if :: letGo(FIRST); disturbed[me] = false; held = 0; file = 0; lockInQuestion = false; goto outside OR_DIE fi }
}

/*
 * A native lock: one open file description lock over FIRST and LOCK, then SEAL. It is never dropped, and asserted
 * again without a gap.
 */
#ifdef NATIVE
proctype NativeInstance(byte me)
{
	byte file = 0;

outside:
	atomic { !calm && canTake(FIRST) && canTake(LOCK) -> begin(me); take(FIRST); take(LOCK) }
	/* flock(2) may be refused, or the file be somebody's data: there was no mark so far. */
native_2:
	atomic { if
	:: tellHeld(me); if
		:: canTake(SEAL) -> take(SEAL)
		:: !canTake(SEAL)
		fi
	:: !calm -> unlockAll(0, me); tellOutside(me); goto outside
	fi }
holder:
	atomic { if
	:: begin(me); tellHeld(me); if
		:: canTake(SEAL) -> take(SEAL)
		:: !canTake(SEAL)
		fi; goto holder
	:: mayDie || !calm -> unlockAll(0, me); tellOutside(me); goto outside
	fi }
}
#endif

init {
	atomic {
		run Instance(1);
#if INSTANCES == 3
		run Instance(2);
#endif
#ifdef NATIVE
		run NativeInstance(INSTANCES)
#else
		run Instance(INSTANCES)
#endif
	}
}
