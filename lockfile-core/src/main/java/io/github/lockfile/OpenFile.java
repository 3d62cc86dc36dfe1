/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.util.Arrays;

import io.github.lockfile.Verdict.Locks;
import org.jspecify.annotations.Nullable;

/**
 * An open file that can be locked. Every method must be called with
 * {@link JvmLocks#MONITOR} held.
 *
 * <h2>The protocol</h2>
 *
 * A record lock of POSIX belongs to the process. All of its locks on a file vanish at
 * once, and silently, when any code of the process closes any descriptor of the file; we
 * call that a <i>drop</i>. The JDK lets nobody ask who has a lock, nor assert one that it
 * has without letting go of it first. And a process may pause or die at any step. So a
 * holder can find out whether it still holds only by letting go of something and taking
 * it again, while nobody else may get in.
 * <p>
 * Hence three bytes, each locked exclusively: {@link #FIRST}, {@link #LOCK} and
 * {@link #SEAL}. <b>Everybody takes FIRST, then LOCK, then SEAL. LOCK is tried only by
 * whoever has just got FIRST. SEAL is locked exclusively only by whoever has both. FIRST
 * and LOCK together are the lock. SEAL is the mark of a holder:</b> it refuses nobody,
 * but whoever has it has had both.
 * <p>
 * <b>Acquire.</b> 1. FIRST, one try; busy: refused. 2. LOCK, one try; busy: refused, and
 * it is certain that somebody holds it. 3. The content is read and written, and the path
 * is looked at again. 4. SEAL, one try; the lock is held whether it was got or not.
 * Whatever is refused or fails lets go of SEAL, LOCK and FIRST, in this order.
 * <p>
 * <b>Verify.</b> 0. If an earlier call failed in step 2, take LOCK, as in that step, and
 * go on with 1, since FIRST may have been dropped meanwhile. 1. Let go of FIRST and take
 * it again, trying for {@link #PATIENCE_NANOS}; busy to the end: go to 4. 2. Let go of
 * LOCK and take it again, with one try; busy: <i>lost</i>. 3. Let go of SEAL and take it
 * again, with a few tries: <i>held</i>, whether it was got or not. 4. LOCK is not
 * touched. Let go of SEAL and <i>look</i> at it, for as long: a mark seen once:
 * <i>lost</i>; none: <i>doubt</i>. A call that fails leaves what is held as it is, and is
 * doubt.
 * <p>
 * <b>Look.</b> {@link #PROBE} shared: if that is refused, somebody has locked the whole
 * file, which proves nothing. Then SEAL shared: if that is refused, there is another
 * holder. Both are let go of at once.
 * <p>
 * <b>Why it is right.</b> Who becomes a holder needs FIRST and LOCK at once, and a holder
 * that was not dropped always has one of them, and got that one before it let go of the
 * other. So there are never two holders that lost nothing. In verify 2 we have FIRST:
 * whoever has LOCK then let go of FIRST while it kept LOCK, and only a holder does that,
 * since a taker that is refused lets go of LOCK first. In verify 4 whoever has SEAL has
 * had FIRST and LOCK. So <i>lost</i> always names a holder, never a taker that pauses
 * halfway, and never a program that knows nothing of us: that one locks the first byte,
 * or the whole file, and is a taker that stopped after its first step.
 * <p>
 * LOCK keeps its one try, and is not let go of while FIRST is busy, because of the taker
 * that has FIRST and was stopped: it goes on at any moment, and must find LOCK busy. SEAL
 * is let go of in doubt, since two dropped holders would otherwise see each other's mark.
 * The look is a shared lock, since an exclusive one would be a mark itself.
 * <p>
 * Whoever is refused must not close the file if his JVM has locked any of it through
 * another descriptor: that would be a drop. A channel asks for all of the file, shared,
 * to find out. That is no try for LOCK without FIRST, since it is had only while nobody
 * has FIRST: a program that locks the whole file, for a moment.
 * <p>
 * A descriptor of its own ({@link DescriptorFile}) has locks that nothing drops and that
 * can be asserted without a gap. It takes FIRST and LOCK as one range, and SEAL once the
 * file is known to be ours.
 * <p>
 * The model in {@code docs/model} checks all of this exhaustively, with a pause, a death
 * or a failing call at every step. {@code docs/design.md} has each step with the failure
 * that it prevents and the test that fails without it.
 */
abstract class OpenFile implements JvmLocks.Parkable {

	/**
	 * The byte that a program locks that knows of no other. All bytes stay in their
	 * places from 0.1.0 on.
	 */
	static final long FIRST = 0;

	/**
	 * Outside of any content.
	 */
	static final long LOCK = 1 << 20;

	static final long SEAL = LOCK + 1;

	/**
	 * Only ever locked shared, and for a moment.
	 */
	static final long PROBE = LOCK + 2;

	/**
	 * How long others may have what is to be taken again. It is far longer than the
	 * holder's own gaps, and short enough for a caller of {@code verify()}.
	 */
	static final long PATIENCE_NANOS = 100_000_000;

	static final long PAUSE_NANOS = 1_000_000;

	/**
	 * Takes FIRST and LOCK (acquire 1 and 2), or leaves nothing locked.
	 */
	abstract Locks take() throws IOException;

	/**
	 * Leaves the mark of a holder (acquire 4), if it can be had.
	 */
	abstract void mark() throws IOException;

	/**
	 * Takes the locks again (verify 0 to 4).
	 * @throws java.nio.channels.ClosedChannelException if the file is no longer open
	 * @throws IOException if a call failed; what is held stays as it is
	 */
	abstract Locks retake() throws IOException;

	/**
	 * Looks for the mark of another holder.
	 */
	abstract boolean isHolderSeen() throws IOException;

	/**
	 * Says whether this JVM has locked any of the file through another descriptor. It
	 * must not be asked while we have locked any of it.
	 */
	abstract boolean isLockedByThisJvm();

	/**
	 * Returns the key of the file. Only a descriptor can tell.
	 */
	abstract @Nullable String key();

	abstract boolean isSameFile(OpenFile other);

	/**
	 * Opens what the path names once more, to find out whether that is this file. It is
	 * for systems where Java shows no keys.
	 */
	abstract boolean isNamedBy(LockPath path) throws IOException;

	/**
	 * Reads up to the end of the file, or up to a limit. Who asks for one byte more than
	 * he expects need not read the end as well.
	 */
	final byte[] read(long position, int limit) throws IOException {
		byte[] content = new byte[limit];
		int length = 0;
		int count;
		do {
			// One read may be shorter than the file.
			count = read(content, length, position + length);
			length += Math.max(count, 0);
		}
		while (count > 0 && length < limit - 1);
		return Arrays.copyOf(content, length);
	}

	/**
	 * Reads once.
	 * @return how many bytes; none, or less than none, at the end
	 */
	abstract int read(byte[] into, int offset, long position) throws IOException;

	/**
	 * Writes a record over the beginning of the file.
	 * @param force whether to write through to the device, so that an error shows here
	 */
	abstract void write(LockRecord record, boolean force) throws IOException;

	abstract void truncate(long length) throws IOException;

	/**
	 * Makes the file look used, for cleaners of temporary files.
	 * @return whether that was possible
	 */
	abstract boolean touch(LockPath path);

	/**
	 * Returns why the locks are not native ones; empty if they are.
	 */
	abstract String whyNotNative();

	/**
	 * Describes the process that has the lock, for people.
	 */
	abstract String holder(Locks locks);

	/**
	 * Lets go of SEAL, LOCK and FIRST, in this order. What could not be let go of is
	 * tried again by the next call, and goes with the descriptor at last.
	 */
	abstract void release();

	/**
	 * Gives up a parked file that has FIRST or LOCK itself, if its descriptor can neither
	 * let go of them nor lock anything: it would be in the way of this JVM for ever.
	 * @return whether it is given up
	 */
	boolean giveUp() {
		return false;
	}

	/**
	 * Reads what the file says, for people.
	 */
	final String readForPeople() {
		for (int position = 0; position < 2; position++) {
			try {
				return LockRecord.decode(read(position, LockRecord.MAX_LENGTH)).strip();
			}
			catch (IOException ex) {
				// Where locks are mandatory the first byte cannot be read; it is only
				// the space.
			}
		}
		return "";
	}

}
