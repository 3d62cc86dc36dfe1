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
import java.nio.file.NoSuchFileException;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.JvmLocks.Held;
import io.github.lockfile.Look.Kind;
import io.github.lockfile.Outcome.Acquired;
import io.github.lockfile.Outcome.Refused;
import io.github.lockfile.Outcome.Unmoved;
import io.github.lockfile.Outcome.Unusable;
import io.github.lockfile.Verdict.Locks;
import io.github.lockfile.Verdict.Repair;
import io.github.lockfile.Verification.Status;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to lock the file that a path names, and to record its holder there: look,
 * create what is missing, open, take the lock, see whether the content may be written
 * over, write, and look again, since a path may name another file at any moment. The
 * essay in {@link OpenFile} says how the lock is taken.
 */
final class Attempt {

	private static final int MAX_REPLACEMENTS = 100;

	private static final String THIS_JVM = "this JVM";

	private static final String TO_DO = ". Another copy of the library, or other code, has not closed it:"
			+ " close it there, or restart the JVM";

	private static final Outcome REPLACED = new Unusable(Obstacle.REPLACED);

	private final LockPath path;

	private final LockRecord record;

	private final NativeLocking locking;

	/**
	 * Whose lock is to be taken again; null for a new one.
	 */
	private final @Nullable HeldFile before;

	private final boolean tells;

	/**
	 * An attempt to get a lock, or to take it again at a path that names another file by
	 * now, or whose file can no longer be used. The latter is patient, and touches
	 * nothing of the file that was held before.
	 * @param tells whether to find out who has the lock, if it is refused
	 */
	Attempt(LockPath path, LockRecord record, NativeLocking locking, @Nullable HeldFile before, boolean tells) {
		this.path = path;
		this.record = record;
		this.locking = locking;
		this.before = before;
		this.tells = tells;
	}

	Outcome make() {
		assert Thread.holdsLock(JvmLocks.MONITOR);
		JvmLocks.sweep();
		try {
			Outcome outcome = REPLACED;
			for (int i = 0; i < MAX_REPLACEMENTS && outcome == REPLACED; i++) {
				outcome = look();
			}
			return outcome;
		}
		catch (IOException ex) {
			return new Unusable(Obstacle.of(this.path, ex));
		}
	}

	private Outcome look() throws IOException {
		Look found = lookFirst();
		String note = "";
		if (found.kind() == Kind.NOTHING) {
			Held held = JvmLocks.held(this.path.toPath());
			if (held != null && held != this.before) {
				return refused(held);
			}
			boolean created = this.path.create();
			note = created ? restoreOwners() : "";
			found = lookFirst();
		}
		if (found.kind() == Kind.NOTHING) {
			return REPLACED;
		}
		if (found.kind() != Kind.FILE) {
			return new Unusable(Obstacle.of(found.kind()));
		}
		// Everything here comes before the file is opened: closing it again would drop
		// the lock of its holder.
		Held held = JvmLocks.held(key(found));
		if (held != null && held == this.before && found.key() != null) {
			return new Unmoved();
		}
		if (held != null && held != this.before) {
			return refused(held);
		}
		if (JvmLocks.parked(key(found)) instanceof OpenFile parked && !parked.giveUp()) {
			Refused refused = refused(parked, found, parked.isHolderSeen() ? Locks.HOLDER_SEEN : Locks.THIS_JVM);
			if (isProof(refused, parked)) {
				return refused;
			}
			JvmLocks.forgetKey(parked);
		}
		if (JvmLocks.isFull(this.path.toPath())) {
			return refused(Locks.THIS_JVM, THIS_JVM + ", as were the files that the path named before", "", true);
		}
		return open(found, note);
	}

	/**
	 * Looks in full if a lock is taken again: if a later step fails, the file is kept all
	 * the same, and the next repair restores mode and group from this look.
	 */
	private Look lookFirst() throws IOException {
		return (this.before != null) ? this.path.lookInFull() : this.path.look();
	}

	private Object key(Look found) {
		return (found.key() != null) ? found.key() : this.path.toPath();
	}

	private static Refused refused(Held held) {
		String content = held.content().strip();
		return new Refused(Locks.HOLDER_SEEN, THIS_JVM + (content.isEmpty() ? "" : ", which recorded: " + content),
				content, true, THIS_JVM);
	}

	private String restoreOwners() throws IOException {
		if (this.before == null) {
			return "";
		}
		String note = "";
		try {
			this.path.restoreGroup(this.before.look());
		}
		catch (IOException ex) {
			note += ", but without the group that it had: " + Obstacle.of(this.path, ex).reason();
		}
		try {
			note += this.path.restoreMode(this.before.look());
		}
		catch (IOException ex) {
			note += ", but without the mode that it had: " + Obstacle.of(this.path, ex).reason();
		}
		return note;
	}

	private Outcome open(Look found, String note) throws IOException {
		OpenFile file;
		try {
			String whyNotNative = (this.locking == NativeLocking.OFF) ? "native locks are turned off"
					: DescriptorFile.obstacle(this.path);
			if (!whyNotNative.isEmpty() && this.locking == NativeLocking.REQUIRED) {
				return new Unusable(Obstacle.nativeLockMissing(whyNotNative));
			}
			// Nothing is created here: in a sticky directory Linux denies O_CREAT for the
			// file of another user (fs.protected_regular, proc(5)).
			file = whyNotNative.isEmpty() ? DescriptorFile.open(this.path) : ChannelFile.open(this.path, whyNotNative);
		}
		catch (NoSuchFileException ex) {
			return REPLACED;
		}
		catch (LeasedFileException ex) {
			return refused(Locks.FIRST_BUSY, "another process, which has a lease on the file", "", false);
		}
		Outcome outcome = REPLACED;
		try {
			Outcome attempted = attempt(file, found, note);
			if (!(attempted instanceof Refused refused) || isProof(refused, file)) {
				outcome = attempted;
			}
		}
		finally {
			if (!(outcome instanceof Acquired)) {
				// Unless it was refused, it may be another file than the one that was
				// looked at, so that its key is unknown.
				JvmLocks.close(file, (outcome instanceof Refused) ? key(found) : null, this.path.toPath());
			}
		}
		return outcome;
	}

	/**
	 * To be lost is final, and the path may have named another file just while this one
	 * was opened: its holder is no proof then.
	 */
	private boolean isProof(Refused refused, OpenFile file) throws IOException {
		boolean lost = this.before != null
				&& (refused.locks() == Locks.HOLDER_SEEN || refused.locks() == Locks.LOCK_BUSY);
		return !lost || isNamed(file);
	}

	/**
	 * Says whether the path names a file that is open. That of a descriptor has been
	 * compared with what the path showed; a channel takes another one to tell, which may
	 * have to be parked.
	 */
	private boolean isNamed(OpenFile file) throws IOException {
		return file.key() != null || file.isNamedBy(this.path);
	}

	private Outcome attempt(OpenFile file, Look found, String note) throws IOException {
		if (isAnother(file, found)) {
			return REPLACED;
		}
		Outcome refused = take(file, found);
		if (refused != null) {
			return refused;
		}
		Look now;
		try {
			Outcome objection = objection(file, found);
			if (objection != null) {
				return objection;
			}
			now = record(file, found);
		}
		catch (IOException ex) {
			if (this.before == null) {
				throw ex;
			}
			return unwritten(file, found, Obstacle.of(this.path, ex).reason());
		}
		if (now == null) {
			return REPLACED;
		}
		if (this.before == null) {
			mark(file);
		}
		else {
			// What was just written may have gone over the record of somebody who took
			// the lock after this JVM had dropped it.
			Locks locks;
			try {
				locks = file.retake();
			}
			catch (IOException ex) {
				return doubtful(file, now, true, Obstacle.of(this.path, ex).reason());
			}
			Verdict verdict = Verdict.of(locks, Repair.REPLACED, file.holder(locks));
			if (verdict.status() == Status.LOST) {
				file.release();
				return refused(file, now, locks);
			}
			if (verdict.status() == Status.UNVERIFIED) {
				return doubtful(file, now, true, verdict.reason());
			}
		}
		return acquired(file, now, true, note, "");
	}

	/**
	 * Keeps the file, since the lock is worth more than what it says: without it the next
	 * verification would find somebody else in its place.
	 */
	private Outcome doubtful(OpenFile file, Look look, boolean written, String reason) {
		return acquired(file, look, written, "", reason);
	}

	private Outcome acquired(OpenFile file, Look look, boolean written, String note, String doubt) {
		Acquired acquired = new Acquired(new HeldFile(this.path, this.record, file, look, written), note, doubt);
		// Last of all, since whatever throws before has the file closed again.
		acquired.file().register();
		return acquired;
	}

	/**
	 * Keeps a file that could not be written to, if the path still names it. As it has no
	 * record to be recognized by, keys and overlapping locks must tell.
	 */
	private Outcome unwritten(OpenFile file, Look found, String reason) {
		boolean another;
		try {
			another = !this.path.look().isSameFile(found) || !isNamed(file);
		}
		catch (IOException ex) {
			// The first verification that can write to it finds out.
			another = false;
		}
		return another ? REPLACED : doubtful(file, found, false, reason);
	}

	private static void mark(OpenFile file) {
		try {
			file.mark();
		}
		catch (IOException ex) {
			// The lock is held all the same. Giving it up would be wrong: somebody may
			// have seen the mark, and be lost to a holder that never was.
		}
	}

	private static boolean isAnother(OpenFile file, Look found) {
		return file.key() != null && !file.key().equals(found.key());
	}

	/**
	 * Takes the lock.
	 * @return who or what is in the way; null if it is taken
	 */
	private @Nullable Outcome take(OpenFile file, Look found) throws IOException {
		for (long start = System.nanoTime(); true;) {
			Locks locks = file.take();
			if (locks == Locks.OURS) {
				return null;
			}
			Outcome outcome = (locks == Locks.THIS_JVM) ? overlapping(file, found) : null;
			if (outcome != null) {
				return outcome;
			}
			boolean undecided = locks == Locks.FIRST_BUSY || locks == Locks.THIS_JVM;
			if (undecided && this.tells && file.isHolderSeen()) {
				return refused(file, found, Locks.HOLDER_SEEN);
			}
			if (locks == Locks.LOCK_BUSY || this.before == null
					|| System.nanoTime() - start >= OpenFile.PATIENCE_NANOS) {
				return refused(file, found, locks);
			}
			LockSupport.parkNanos(OpenFile.PAUSE_NANOS);
		}
	}

	private Refused refused(OpenFile file, Look found, Locks locks) {
		if (!this.tells) {
			return refused(locks, "", "", false);
		}
		boolean byThisJvm = file.isLockedByThisJvm() || (found.key() != null && LocalSystem.hasNativeLock(found.key()));
		return refused(locks, byThisJvm ? THIS_JVM : file.holder(locks), file.readForPeople(), byThisJvm);
	}

	private static Refused refused(Locks locks, String process, String content, boolean byThisJvm) {
		String says = content.isEmpty() ? "" : ". The file says: " + content + " (possibly from an earlier instance)";
		return new Refused(locks, process + says + (byThisJvm ? TO_DO : ""), content, byThisJvm, process);
	}

	/**
	 * This JVM already has a lock on the file that was opened, which need not be the one
	 * that the path names: it may have named another for a moment.
	 * @return what to make of that; null if somebody whom this copy of the library does
	 * not know has locked the file that the path names
	 */
	private @Nullable Outcome overlapping(OpenFile file, Look found) throws IOException {
		for (Held held : JvmLocks.allHeld()) {
			if (held.hasOpen(file)) {
				// With a key, the next look finds the holder by it.
				return (found.key() != null) ? REPLACED : (held == this.before) ? new Unmoved() : refused(held);
			}
		}
		return this.path.look().isSameFile(found) ? null : REPLACED;
	}

	/**
	 * Says why nothing may be written over what the file says.
	 * @return what is in the way; null if nothing
	 */
	private @Nullable Outcome objection(OpenFile file, Look found) throws IOException {
		if (this.record.isEmpty()) {
			return null;
		}
		byte[] content = file.read(0, (int) Math.min(found.size(), LockRecord.MAX_LENGTH) + 1);
		if (content.length != found.size() && content.length <= LockRecord.MAX_LENGTH) {
			return REPLACED;
		}
		if (LockRecord.mayReplace(content)) {
			return null;
		}
		Obstacle obstacle = Obstacle.somebodysData(found.size());
		// If the file held before is closed, this lock alone keeps others out: it is
		// kept, and the data are left alone.
		return (this.before != null && this.before.isClosed()) ? unwritten(file, found, obstacle.reason())
				: new Unusable(obstacle);
	}

	/**
	 * Records the holder in the file, and makes sure that it is the file that the path
	 * names.
	 * @return what the path shows now; null if that is another file
	 */
	private @Nullable Look record(OpenFile file, Look found) throws IOException {
		if (!this.record.isEmpty()) {
			write(file, found.size());
		}
		Look now = this.path.lookInFull();
		if (!this.record.isEmpty() && file.key() == null && now.isUnchanged(found)) {
			// The same size at the same time proves nothing. Equal keys do not either, if
			// the path named another file just while it was opened.
			file.truncate(0);
			if (this.path.look().size() != 0) {
				return null;
			}
			write(file, 0);
			now = this.path.lookInFull();
		}
		boolean named = now.isSameFile(found) && (this.record.isEmpty() || now.size() == this.record.length());
		return (named && (now.key() != null || file.isNamedBy(this.path))) ? now : null;
	}

	private void write(OpenFile file, long length) throws IOException {
		try {
			if (length > this.record.length()) {
				file.truncate(this.record.length());
			}
			file.write(this.record, this.before != null);
		}
		catch (IOException ex) {
			// Half a record would name a holder that does not exist.
			try {
				file.truncate(0);
			}
			catch (IOException second) {
				ex.addSuppressed(second);
			}
			throw ex;
		}
	}

}
