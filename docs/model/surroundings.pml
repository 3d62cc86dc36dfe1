/*
 * The surroundings of the protocol: the file with its bytes, what the kernel and other programs do to it, and the
 * properties. The protocol itself is in protocol.pml, which is the file to read first.
 *
 * Numbers: 0 is nobody, 1 to INSTANCES are the instances, FIRST_BYTE_PROGRAM, WHOLE_FILE_PROGRAM and READER are
 * programs that know nothing of the protocol.
 *
 * The switches that choose a configuration (see the file "check"):
 *   INSTANCES              how many instances there are: 2 or 3
 *   NATIVE                 the last one of them has a native lock
 *   DROPS_ANYWHERE         the kernel drops locks at any time
 *   DROPS_BETWEEN          it does so only between attempts and verifications, never inside one
 *                          (neither of the two: locks are never dropped, and nobody dies)
 *   OTHER_PROGRAMS         there are programs that lock the first byte, the whole file, or SEAL for reading
 *   FAILING_CALLS          each call that locks or unlocks may fail, with or without having done its work
 *   REPLACEMENT            once, somebody puts another file at the path
 *   IN_THE_END             check L1 in place of S1, S2 and S3
 *   S1_ALONE and so on     check only this one, for the mutants
 */

#define NOBODY 0
#define FIRST_BYTE_PROGRAM 4
#define WHOLE_FILE_PROGRAM 5
#define READER 6

#ifdef REPLACEMENT
#define FILES 2
#else
#define FILES 1
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * The file. A byte has one owner who has it exclusively, or any number of readers who have it shared. FIRST and LOCK
 * are only ever locked exclusively by instances; a program that locks them for reading keeps an instance out just
 * the same, so that it counts as their owner. PROBE is only ever locked exclusively by who locks the whole file.
 */
#define FIRST 0
#define LOCK 1
#define SEAL 2

byte owner[FILES * 3];		/* of FIRST, LOCK and SEAL of file 0, then of those of file 1 */
byte readersOfSeal[FILES];	/* a set of bits */
byte readersOfProbe[FILES];	/* a set of bits */
byte path;			/* which file is at the path */

#define asBit(who) (1 << (who))
#define ownerOf(whichFile, whichByte) owner[(whichFile) * 3 + (whichByte)]

/* What F_SETLK of one exclusive byte asks. A process never conflicts with itself. */
#define noOtherOwner(f, b, who) (ownerOf(f, b) == NOBODY || ownerOf(f, b) == who)
#define noOtherReader(f, b, who) (b != SEAL || (readersOfSeal[f] & ~asBit(who)) == 0)
#define canLock(f, b, who) (noOtherOwner(f, b, who) && noOtherReader(f, b, who))

inline lock(f, b, who) {
	ownerOf(f, b) = who
}

/* To unlock what one has not got is no error, and changes nothing. */
inline unlock(f, b, who) {
	if
	:: ownerOf(f, b) == who -> ownerOf(f, b) = NOBODY
	:: else
	fi
}

inline unlockShared(f, who) {
	readersOfSeal[f] = readersOfSeal[f] & ~asBit(who);
	readersOfProbe[f] = readersOfProbe[f] & ~asBit(who)
}

inline unlockAll(f, who) {
	unlock(f, SEAL, who);
	unlock(f, LOCK, who);
	unlock(f, FIRST, who);
	unlockShared(f, who)
}

/* ------------------------------------------------------------------------------------------------------------------
 * What each application was told last, and what has happened to it. Nobody in the protocol reads this: it is what the
 * properties are about. (Index 0 is not used.)
 */
#define OUTSIDE 0		/* it is no holder: it never was, was refused, LOST, has closed, or died */
#define HELD 1
#define DOUBT 2

byte told[4];
bool working[4];		/* it is inside an attempt or a verification */
bool undisturbed[4];		/* no drop since the attempt or verification that it is inside of has begun */
bool rightful[4];		/* it was told HELD, and no drop since the attempt or verification before that began */
bool disturbed[4];		/* there was a drop inside an attempt or a verification, and no success that began later */
bool beside[4];			/* since it was told HELD itself, there was another holder */

bool calm;			/* nothing happens any more: no drop, death, failing call, new attempt or close */
bool someHolder;		/* when that began, there was a holder */

#define anyDisturbed (disturbed[1] || disturbed[2] || disturbed[3])
#define anotherHolder(who) ((who != 1 && told[1] != OUTSIDE) || (who != 2 && told[2] != OUTSIDE) \
	|| (who != 3 && told[3] != OUTSIDE))

/* ------------------------------------------------------------------------------------------------------------------
 * The properties.
 *
 *   S1  There are never two rightful holders: two that both succeeded, and neither was dropped since.
 *   S2  LOST is true: since this one was last told HELD, there was another holder, which had FIRST and LOCK.
 *   S3  Where no lock is dropped and nobody dies, no holder is LOST, and nobody becomes a holder beside a holder.
 *       Where locks are dropped, this is still so for each one that was not: no rightful holder is LOST.
 *   L1  After the last drop and the last long pause there is, in the end and for good, one HELD and nobody in doubt.
 *
 * A drop inside somebody's attempt or verification excuses S2 and S3, until that one succeeds again or gives up.
 * Nothing excuses S1 and L1.
 */
bool S1 = true;
bool S2 = true;
bool S3 = true;

#if defined(DROPS_ANYWHERE) || defined(DROPS_BETWEEN)
#define DROPS
#endif
#if defined(IN_THE_END) || defined(S2_ALONE) || defined(S3_ALONE)
#define checkS1 skip
#else
#define checkS1 assert(S1)
#endif
#if defined(IN_THE_END) || defined(S1_ALONE) || defined(S3_ALONE)
#define checkS2 skip
#else
#define checkS2 assert(S2)
#endif
#if defined(IN_THE_END) || defined(S1_ALONE) || defined(S2_ALONE)
#define checkS3 skip
#else
#define checkS3 assert(S3)
#endif

inline begin(who) {
	working[who] = true;
	undisturbed[who] = true
}

/* A verification that has FIRST and LOCK again is a holder's, even if a later call fails and it tells of doubt. */
inline hasTheLock(who) {
	if
	:: ownerOf(file, FIRST) == who ->
		beside[1] = beside[1] || who != 1;
		beside[2] = beside[2] || who != 2;
		beside[3] = beside[3] || who != 3
	:: else
	fi
}

inline tellHeld(who) {
#if !defined(DROPS) && !defined(REPLACEMENT)
	S3 = !anotherHolder(who);
	checkS3;
#endif
	rightful[who] = undisturbed[who];
	S1 = (rightful[1] + rightful[2] + rightful[3] <= 1);
	checkS1;
	told[who] = HELD;
	disturbed[who] = disturbed[who] && !undisturbed[who];
	working[who] = false;
	undisturbed[who] = false;
	beside[1] = true;
	beside[2] = true;
	beside[3] = true;
	beside[who] = (rightful[1] + rightful[2] + rightful[3] - rightful[who] > 0)
}

inline tellLost(who) {
	S2 = (beside[who] || anyDisturbed);
	checkS2;
#if defined(DROPS) || defined(REPLACEMENT)
	S3 = (!rightful[who] || anyDisturbed);
#else
	S3 = false;
#endif
	checkS3;
	tellOutside(who)
}

inline tellOutside(who) {
	told[who] = OUTSIDE;
	rightful[who] = false;
	working[who] = false;
	undisturbed[who] = false;
	beside[who] = false
}

/* A verification whose LOCK is still in question is not over, although it has told its application of doubt. */
inline tellDoubt(who, isOver) {
	told[who] = DOUBT;
	working[who] = !isOver;
	undisturbed[who] = undisturbed[who] && !isOver
}

#define inDoubt ((told[1] == DOUBT) + (told[2] == DOUBT) + (told[3] == DOUBT))
#define holders ((told[1] == HELD) + (told[2] == HELD) + (told[3] == HELD))
#define settled (inDoubt == 0 && holders <= 1 && (holders == 1 || !someHolder))
#ifdef IN_THE_END
ltl L1 { (<> calm) -> (<> [] settled) }
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * What the kernel does.
 *
 * A pause needs no model: a process whose next step comes late is one. Death is a choice at each step. A call that
 * fails is a choice at each call.
 */
#ifdef DROPS
#define mayDie (!calm)
#else
#define mayDie false
#endif
#ifdef FAILING_CALLS
#define mayFail (!calm)
#else
#define mayFail false
#endif

inline die(who) {
	unlockAll(0, who);
#ifdef REPLACEMENT
	unlockAll(1, who);
#endif
	tellOutside(who);
	disturbed[who] = false
}

/* Other code of an instance closes a descriptor of the file: all of the locks that it has there are gone, silently. */
#ifdef DROPS
#ifdef NATIVE
#define CAN_BE_DROPPED (INSTANCES - 1)	/* a native lock belongs to its descriptor, not to the process */
#else
#define CAN_BE_DROPPED INSTANCES
#endif
#ifdef DROPS_ANYWHERE
#define mayDrop(who) true
#else
#define mayDrop(who) (!working[who])
#endif

#define hasAny(f, who) (ownerOf(f, FIRST) == who || ownerOf(f, LOCK) == who || ownerOf(f, SEAL) == who || \
	((readersOfSeal[f] | readersOfProbe[f]) & asBit(who)) != 0)

inline drop(f, who) {
	unlockAll(f, who);
	rightful[who] = rightful[who] && f != path;
	undisturbed[who] = undisturbed[who] && f != path;
	disturbed[who] = disturbed[who] || working[who]
}

active proctype Drops()
{
	byte who;
end:	do
	:: atomic {
		!calm -> select(who : 1 .. CAN_BE_DROPPED);
		if
		:: mayDrop(who) && hasAny(0, who) -> drop(0, who)
#ifdef REPLACEMENT
		:: mayDrop(who) && hasAny(1, who) -> drop(1, who)
#endif
		:: else
		fi;
		who = NOBODY
	}
	:: atomic {	/* that was the last one */
		!calm -> calm = true;
		someHolder = (inDoubt + holders > 0);
		break
	}
	od
}
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * What other people do: somebody puts another file at the path. Holders of the old file have lost what they had, as
 * by a drop, since who comes from now on locks the new one.
 */
#ifdef REPLACEMENT
active proctype Replacement()
{
	atomic {
		!calm -> path = 1;
		rightful[1] = false;
		rightful[2] = false;
		rightful[3] = false;
		undisturbed[1] = false;
		undisturbed[2] = false;
		undisturbed[3] = false
	}
}
#endif

/* Other programs take what is free at any time and keep it for as long as they like. */
#ifdef OTHER_PROGRAMS
active proctype FirstByteProgram()
{
	byte f;
end:	do
	:: atomic { canLock(path, FIRST, FIRST_BYTE_PROGRAM) && ownerOf(f, FIRST) != FIRST_BYTE_PROGRAM ->
		f = path;
		lock(f, FIRST, FIRST_BYTE_PROGRAM) }
	:: atomic { ownerOf(f, FIRST) == FIRST_BYTE_PROGRAM -> unlock(f, FIRST, FIRST_BYTE_PROGRAM); f = 0 }
	od
}

active proctype WholeFileProgram()
{
	byte f;
end:	do
	/* To write, it needs each byte. */
	:: atomic { ownerOf(path, FIRST) == NOBODY && ownerOf(path, LOCK) == NOBODY && ownerOf(path, SEAL) == NOBODY &&
			readersOfSeal[path] == 0 && readersOfProbe[path] == 0 ->
		f = path;
		lock(f, FIRST, WHOLE_FILE_PROGRAM);
		lock(f, LOCK, WHOLE_FILE_PROGRAM);
		lock(f, SEAL, WHOLE_FILE_PROGRAM) }
	/* To read, it shares SEAL and PROBE with those who look. */
	:: atomic { ownerOf(path, FIRST) == NOBODY && ownerOf(path, LOCK) == NOBODY && ownerOf(path, SEAL) == NOBODY ->
		f = path;
		lock(f, FIRST, WHOLE_FILE_PROGRAM);
		lock(f, LOCK, WHOLE_FILE_PROGRAM);
		readersOfSeal[f] = readersOfSeal[f] | asBit(WHOLE_FILE_PROGRAM) }
	:: atomic { ownerOf(f, FIRST) == WHOLE_FILE_PROGRAM -> unlockAll(f, WHOLE_FILE_PROGRAM); f = 0 }
	od
}

/* Somebody asks whether the lock is held, and does not let go of SEAL. */
active proctype Reader()
{
end:	do
	:: atomic { ownerOf(0, SEAL) == NOBODY && (readersOfSeal[0] & asBit(READER)) == 0 ->
		readersOfSeal[0] = readersOfSeal[0] | asBit(READER) }
	:: atomic { (readersOfSeal[0] & asBit(READER)) != 0 -> unlockShared(0, READER) }
	od
}
#endif
