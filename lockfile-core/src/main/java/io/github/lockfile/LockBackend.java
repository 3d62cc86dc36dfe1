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
import java.io.Serial;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;

import io.github.lockfile.LockPath.Kind;
import io.github.lockfile.LockPath.Look;
import io.github.lockfile.Verification.Status;
import org.jspecify.annotations.Nullable;

/**
 * Attempts to lock the file that a path names, and looks after it while it is held. A
 * subclass knows how to lock an open file. Every method must be called with
 * {@link JvmMonitor#MONITOR} held.
 */
abstract class LockBackend {

	/**
	 * How long others may have what is to be taken again.
	 */
	static final long PATIENCE_NANOS = 100_000_000;

	static final long PAUSE_NANOS = 1_000_000;

	private static final int MAX_REPLACEMENTS = 100;

	/**
	 * What strerror(3) says for ENOSPC, EDQUOT, EROFS, EFBIG and ENOLCK, which is all
	 * that Java shows of them. If the C library speaks another language, such a failure
	 * counts as a broken file.
	 */
	private static final Set<String> SHORTAGES = Set.of("No space left on device", "Disk quota exceeded",
			"Read-only file system", "File too large", "No locks available");

	/**
	 * Looks at what the path names, for an attempt.
	 */
	Look look(LockPath path) throws IOException {
		return path.look();
	}

	/**
	 * Opens the file that was looked at for reading and writing, without following a
	 * link.
	 */
	abstract OpenFile open(Path path) throws IOException;

	/**
	 * Makes one attempt.
	 * @param holder the lock that is being taken again; null for a new one
	 * @param before the file that the holder had until now
	 */
	final Outcome attempt(LockPath path, LockRecord record, @Nullable LockFile holder, @Nullable Look before) {
		try {
			Outcome outcome = Unusable.REPLACED;
			for (int i = 0; i < MAX_REPLACEMENTS && outcome == Unusable.REPLACED; i++) {
				outcome = attemptOnce(path, record, holder, before);
			}
			return outcome;
		}
		catch (IOException ex) {
			return path.unusable(ex);
		}
	}

	private Outcome attemptOnce(LockPath path, LockRecord record, @Nullable LockFile holder, @Nullable Look before)
			throws IOException {
		String note = "";
		Look found = look(path);
		if (found.kind() == Kind.NOTHING) {
			LockFile other = JvmMonitor.holder(path.toPath());
			if (other != null && other != holder) {
				return new Refused(other, other.content(), Taker.HOLDER);
			}
			path.create();
			note = (before != null) ? path.restoreOwners(before) : "";
			found = look(path);
		}
		if (found.kind() == Kind.NOTHING) {
			return Unusable.REPLACED;
		}
		if (found.kind() != Kind.FILE) {
			return new Unusable(found.kind().objection, false, null);
		}
		Object key = (found.key() != null) ? found.key() : path.toPath();
		LockFile other = JvmMonitor.holder(key);
		if (other != null) {
			return new Refused(other, other.content(), Taker.HOLDER);
		}
		OpenFile parked = JvmMonitor.sweep(key);
		if (parked != null) {
			return new Refused(null, parked.readForPeople(found), Taker.THIS_JVM);
		}
		OpenFile file;
		try {
			file = open(path.toPath());
		}
		catch (NoSuchFileException ex) {
			return Unusable.REPLACED;
		}
		Outcome outcome = Unusable.REPLACED;
		try {
			outcome = take(file, path, found, record, holder, note);
		}
		catch (ClosedByInterruptException ex) {
			// Only a FileChannel lets an interrupt close it; the next one may last.
		}
		finally {
			if (!(outcome instanceof Held)) {
				file.close();
			}
		}
		return outcome;
	}

	private static Outcome take(OpenFile file, LockPath path, Look found, LockRecord record, @Nullable LockFile holder,
			String note) throws IOException {
		Taker taker = file.take();
		if (taker == Taker.THIS_JVM) {
			return overlapping(file, path, found, holder);
		}
		if (taker != Taker.NOBODY) {
			boolean beingTaken = holder != null && taker == Taker.HOLDER && file.isBeingTaken();
			return new Refused(null, file.readForPeople(found), beingTaken ? Taker.TAKER : taker, file.taker());
		}
		if (file.isCertainlyAnother(found)) {
			return Unusable.REPLACED;
		}
		if (!record.isEmpty()) {
			byte[] content = file.read(0, found.size());
			if (content.length != found.size() && content.length <= LockRecord.MAX_LENGTH) {
				return Unusable.REPLACED;
			}
			if (!LockRecord.mayReplace(content)) {
				return new Unusable(somebodysData(found.size()), false, null);
			}
			write(file, record, content.length, holder != null);
		}
		Look now = file.lookAgain(path, found);
		if (!now.isSameFile(found) || (!record.isEmpty() && now.size() != record.length())) {
			return Unusable.REPLACED;
		}
		return new Held(path, file, record, now, file.isCertainly(now) || !now.isUnchanged(found), note);
	}

	private static String somebodysData(long size) {
		return ((size > LockRecord.MAX_LENGTH)
				? "it has " + size + " bytes, more than the " + LockRecord.MAX_LENGTH + " of any lock file"
				: "its content is not that of a lock file") + "; it seems to be somebody's data";
	}

	private static void write(OpenFile file, LockRecord record, long length, boolean force) throws IOException {
		try {
			file.write(record, length, force);
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

	/**
	 * Says whether something has run out, which is no fault of the open file.
	 */
	static boolean isShortage(IOException failure) {
		return SHORTAGES.contains(String.valueOf(failure.getMessage()));
	}

	/**
	 * This JVM already has a lock on the file that was opened, which need not be the one
	 * that the path names: it may have named another for a moment.
	 */
	private static Outcome overlapping(OpenFile file, LockPath path, Look found, @Nullable LockFile holder)
			throws IOException {
		LockFile other = JvmMonitor.holder(file);
		if (other != null && other == holder) {
			return new Refused(other, other.content(), Taker.HOLDER);
		}
		if (other != null || !path.look().isSameFile(found)) {
			return Unusable.REPLACED;
		}
		file.key = found.key();
		return new Refused(null, file.readForPeople(found), Taker.THIS_JVM);
	}

	/**
	 * What came of an attempt.
	 */
	sealed interface Outcome permits Held, Refused, Unusable {

	}

	/**
	 * Who has the lock.
	 */
	enum Taker {

		NOBODY, HOLDER, THIS_JVM,
		/**
		 * A process between its first lock and its second.
		 */
		TAKER,
		/**
		 * A program that knows nothing of the first lock.
		 */
		OTHER_PROGRAM,
		/**
		 * A program that locks with flock(2), and that only a native lock notices.
		 */
		FLOCK

	}

	/**
	 * Somebody else has the lock.
	 *
	 * @param holder who, if that is known
	 * @param content what that one recorded, or else what the file says
	 * @param process who that is if it is not this JVM, for people
	 */
	record Refused(@Nullable LockFile holder, String content, Taker taker, String process) implements Outcome {

		Refused(@Nullable LockFile holder, String content, Taker taker) {
			this(holder, content, taker, "another process");
		}

		Refused {
			content = content.strip();
		}

		boolean isByThisJvm() {
			return this.holder != null || this.taker == Taker.THIS_JVM;
		}

	}

	/**
	 * The path cannot be locked.
	 *
	 * @param passing whether that may change without a change of the path
	 * @param nativeLockMissing whether it is so only because a native lock is required
	 */
	record Unusable(String reason, boolean passing, @Nullable IOException cause,
			boolean nativeLockMissing) implements Outcome {

		/**
		 * The path named something else when the lock was there: try again.
		 */
		static final Unusable REPLACED = new Unusable("another program keeps replacing it", true, null);

		Unusable(String reason, boolean passing, @Nullable IOException cause) {
			this(reason, passing, cause, false);
		}

		/**
		 * A native lock is required and cannot be had.
		 * @param obstacle why it cannot, as a clause
		 * @param passing whether another attempt may get one
		 */
		static Unusable withoutNativeLock(String obstacle, boolean passing) {
			return new Unusable("a native lock is required, but " + obstacle, passing, null, true);
		}

	}

	/**
	 * A native lock is required, and this file system or kernel has none.
	 */
	static final class NoNativeLockException extends IOException {

		@Serial
		private static final long serialVersionUID = 1L;

		NoNativeLockException(String obstacle) {
			super(obstacle);
		}

	}

	/**
	 * What a verification has found, for {@link Verification}.
	 */
	static final class Finding {

		static final Finding HELD = new Finding(Status.HELD, "");

		static final Finding CHANGED = new Finding(Status.RESTORED,
				"The file had been changed and its content has been written again");

		static final Finding TAKEN = new Finding(Status.LOST, "Another holder has taken the lock");

		static final Finding BEING_TAKEN = doubt("The lock is being taken by another process");

		static final Finding OTHER_PROGRAM = doubt("Another program has locked the first byte of the file");

		static final Finding DELETED = doubt("The file has been deleted, though the path still shows it");

		/**
		 * The path names another file since it was looked at.
		 */
		static final Finding MOVED = doubt("Another program keeps moving the file");

		/**
		 * What was written does not show at the path.
		 */
		static final Finding UNPROVEN = doubt("The path does not show what is written to the file");

		final Status status;

		final String reason;

		Finding(Status status, String reason) {
			this.status = status;
			this.reason = reason;
		}

		static Finding doubt(String reason) {
			return new Finding(Status.UNVERIFIED, reason);
		}

	}

	/**
	 * A file that is open. Its locks are those of this JVM.
	 */
	abstract static class OpenFile {

		private static final int MAX_DOUBTS = 3;

		/**
		 * The key of the file, if that is certain.
		 */
		@Nullable String key;

		private int doubts;

		private int failures;

		/**
		 * Takes the lock, or leaves nothing locked.
		 */
		abstract Taker take() throws IOException;

		/**
		 * Says whether whoever has the lock has only its first part so far.
		 */
		abstract boolean isBeingTaken() throws IOException;

		/**
		 * Makes sure that the lock is still held, or takes it again.
		 * @param changed whether somebody has changed the file
		 * @param recorded whether a new holder would have changed it
		 * @throws IOException if the file can no longer be used
		 */
		final Finding reassert(boolean changed, boolean recorded) throws IOException {
			try {
				Finding finding = retake(changed, recorded);
				this.doubts = (finding == Finding.HELD) ? 0 : this.doubts + 1;
				this.failures = 0;
				return finding;
			}
			catch (ClosedChannelException ex) {
				throw ex;
			}
			catch (IOException ex) {
				// Closing the file now would give away what it still holds.
				if (isShortage(ex) || ++this.failures < MAX_DOUBTS) {
					return Finding.doubt("The lock could not be verified: " + ex.getMessage());
				}
				throw ex;
			}
		}

		/**
		 * Takes the lock again, as far as it is not sure that it is held.
		 */
		abstract Finding retake(boolean changed, boolean recorded) throws IOException;

		/**
		 * Says whether this is one doubt too many in a row to be only for a moment.
		 */
		final boolean isDoubtfulForLong() {
			return this.doubts + 1 >= MAX_DOUBTS;
		}

		abstract boolean isLockedByThisJvm();

		abstract boolean isSameFile(OpenFile other);

		/**
		 * Says whether this is certainly the file that a path showed. Only a descriptor
		 * can tell.
		 */
		boolean isCertainly(Look look) {
			return false;
		}

		/**
		 * Says whether this is known to be another file than the one that a path showed.
		 */
		boolean isCertainlyAnother(Look look) {
			return false;
		}

		/**
		 * Looks at the path for a verification. Needs no monitor.
		 */
		Look look(LockPath path) throws IOException {
			return path.lookClosely();
		}

		/**
		 * Adds what {@link #look} leaves to the open file, once the lock is known to be
		 * held.
		 */
		Look complete(Look look) {
			return look;
		}

		/**
		 * Looks closely at the path that showed this file before.
		 */
		Look lookAgain(LockPath path, Look before) throws IOException {
			return path.lookClosely();
		}

		/**
		 * Describes who has the lock, for people.
		 */
		String taker() {
			return "another process";
		}

		/**
		 * Returns why the lock is not a native one; empty if it is.
		 */
		String whyNotNative() {
			return "";
		}

		/**
		 * Reads to the end of the file, or one byte more than expected.
		 */
		abstract byte[] read(long position, long expected) throws IOException;

		/**
		 * Replaces the content of the file with a record. Truncates first, so that a kill
		 * always leaves the beginning of a record behind.
		 * @param force whether to write through to the device, so that an error shows
		 * here
		 */
		abstract void write(LockRecord record, long length, boolean force) throws IOException;

		abstract void truncate(long length) throws IOException;

		/**
		 * Releases the lock and closes the file, or parks it if closing would drop the
		 * lock of somebody else in this JVM.
		 */
		abstract void close();

		final String readForPeople(Look found) {
			for (int position = 0; position < 2; position++) {
				try {
					return LockRecord.decode(read(position, found.size() - position));
				}
				catch (IOException ex) {
					// Where locks are mandatory the first byte cannot be read; it is only
					// the space.
				}
			}
			return "";
		}

	}

	/**
	 * The file whose lock is held.
	 */
	static final class Held implements Outcome {

		private static final long TOUCH_AGE_MILLIS = 3_600_000;

		/**
		 * The coarsest time stamps are those of FAT.
		 */
		private static final long GRANULE_NANOS = 2_000_000_000;

		final OpenFile file;

		final String note;

		private final LockPath path;

		private final LockRecord record;

		private Look look;

		private boolean proven;

		private long writtenAt = System.nanoTime();

		Held(LockPath path, OpenFile file, LockRecord record, Look look, boolean proven, String note) {
			this.path = path;
			this.file = file;
			this.record = record;
			this.look = look;
			this.proven = proven || record.isEmpty();
			this.note = note;
			file.key = look.key();
		}

		Look look() {
			return this.look;
		}

		void prove() {
			this.proven = true;
		}

		/**
		 * Verifies the lock and the content of the file that the path names.
		 * @throws IOException if the file can no longer be used
		 */
		Finding verify(Look found) throws IOException {
			Finding finding = this.file.reassert(!found.isUnchanged(this.look), !this.record.isEmpty());
			if (finding != Finding.HELD) {
				return finding;
			}
			Look complete = this.file.complete(found);
			return (complete.links() == 0) ? Finding.DELETED : restore(complete);
		}

		private Finding restore(Look found) throws IOException {
			boolean aged = found.modified().toMillis() < System.currentTimeMillis() - TOUCH_AGE_MILLIS;
			if (this.record.isEmpty()) {
				if (aged) {
					this.path.touch(System.currentTimeMillis());
				}
				this.look = found;
				return Finding.HELD;
			}
			byte[] content = this.file.read(0, this.record.length());
			boolean changed = !this.record.isAllOf(content);
			boolean due = !this.proven && System.nanoTime() - this.writtenAt >= GRANULE_NANOS;
			if (!changed && !aged && !due) {
				this.look = found;
				return Finding.HELD;
			}
			try {
				this.file.write(this.record, content.length, changed);
			}
			catch (IOException ex) {
				if (!isShortage(ex)) {
					throw ex;
				}
				return changed ? Finding.doubt(this.path.unusable(ex).reason()) : Finding.HELD;
			}
			this.writtenAt = System.nanoTime();
			Look now = this.path.lookClosely();
			if (!now.isSameFile(found)) {
				return Finding.MOVED;
			}
			if (due && !changed && now.isUnchanged(found)) {
				return Finding.UNPROVEN;
			}
			this.proven |= !now.isUnchanged(found);
			this.look = now;
			return changed ? Finding.CHANGED : Finding.HELD;
		}

	}

}
