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
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.JvmLocks.Parkable;
import io.github.lockfile.Verdict.Locks;
import io.github.lockfile.Verdict.Repair;
import org.jspecify.annotations.Nullable;

/**
 * A file whose lock is held. It says what has become of the lock, keeps the content as it
 * was recorded, and lets go of nothing because something else has failed.
 */
final class HeldFile implements JvmLocks.Held {

	private static final int MAX_FAILURES = 3;

	/**
	 * What strerror(3) says for EIO, ESTALE and EBADF, which is all that Java shows of
	 * them: the descriptor may be of no use any more, as after a network file system has
	 * lost its lease. In another language the file stays open and its lock held, as after
	 * every other failure: closing it would give away what is still held.
	 */
	private static final Set<String> USELESS = Set.of("Input/output error", "Stale file handle", "Bad file descriptor");

	private static final long TOUCH_MILLIS = TimeUnit.HOURS.toMillis(1);

	private final LockPath path;

	private final LockRecord record;

	private final OpenFile file;

	/**
	 * The key of the file, or its path where Java shows no keys.
	 */
	private final Object key;

	/**
	 * What the path showed when it named this file last.
	 */
	private Look look;

	private int failures;

	/**
	 * When the file was touched last, by System.nanoTime(); null if never.
	 */
	private @Nullable Long touchedNanos;

	private Writing writing;

	private boolean closed;

	HeldFile(LockPath path, LockRecord record, OpenFile file, Look look, boolean written) {
		this.path = path;
		this.record = record;
		this.file = file;
		this.look = look;
		this.key = (look.key() != null) ? look.key() : path.toPath();
		this.writing = written ? Writing.DONE : Writing.NEVER;
	}

	/**
	 * Makes itself known to this copy of the library. If an error cuts that short, undoes
	 * it: the caller closes the file, and whoever stayed known would refuse it for ever.
	 */
	void register() {
		boolean registered = false;
		try {
			JvmLocks.hold(this.path.toPath(), this);
			JvmLocks.hold(this.key, this);
			registered = true;
		}
		finally {
			if (!registered) {
				JvmLocks.forget(this.path.toPath(), this);
				JvmLocks.forget(this.key, this);
			}
		}
	}

	Look look() {
		return this.look;
	}

	String whyNotNative() {
		return this.file.whyNotNative();
	}

	@Override
	public String content() {
		return this.record.content();
	}

	@Override
	public boolean hasOpen(Parkable other) {
		return other instanceof OpenFile opened && this.file.isSameFile(opened);
	}

	/**
	 * Says whether the path names this file still.
	 * @param found what the path shows
	 */
	boolean isAt(Look found) throws IOException {
		return this.look.isSameFile(found) && (found.key() != null || this.file.isNamedBy(this.path));
	}

	/**
	 * Takes the locks again, without a look at the content.
	 * @throws IOException if the file can no longer be used
	 */
	Verdict verifyLocks() throws IOException {
		return verifyLocks(Repair.NONE);
	}

	private Verdict verifyLocks(Repair repair) throws IOException {
		try {
			Locks locks = this.file.retake();
			this.failures = 0;
			return Verdict.of(locks, repair, holder(locks));
		}
		catch (ClosedChannelException ex) {
			throw ex;
		}
		catch (IOException ex) {
			this.failures = isUseless(ex) ? this.failures + 1 : 0;
			if (this.failures >= MAX_FAILURES) {
				throw ex;
			}
			return Verdict.doubt("The lock could not be verified: " + ex.getMessage());
		}
	}

	private static boolean isUseless(IOException failure) {
		return USELESS.contains(String.valueOf(failure.getMessage()));
	}

	private String holder(Locks locks) {
		if (locks == Locks.FLOCK_BUSY) {
			return this.file.holder(locks);
		}
		if (locks != Locks.LOCK_BUSY && locks != Locks.HOLDER_SEEN) {
			return "";
		}
		String content = this.file.readForPeople();
		return this.file.holder(locks) + (content.isEmpty() ? "" : ". The file says: " + content);
	}

	/**
	 * Verifies the lock and the content of the file that the path names.
	 * @param found what the path shows
	 * @throws IOException if the file can no longer be used
	 */
	Verdict verify(Look found) throws IOException {
		Verdict verdict = verifyLocks();
		if (verdict.status() != Verification.Status.HELD) {
			return verdict;
		}
		if (found.links() == 0) {
			// Somebody deleted it outside of a bind mount, and can create another there.
			return Verdict.doubt("The file has been deleted, though the path still shows it");
		}
		this.look = found;
		boolean aged = isAged();
		boolean touched = aged && this.file.touch(this.path);
		return this.record.isEmpty() ? verdict : restore(verdict, aged && !touched);
	}

	/**
	 * Says whether cleaners of temporary files may take the file for unused. It does so
	 * at most once an hour, whatever the times of the file: the clock of its server may
	 * be ahead or behind.
	 */
	private boolean isAged() {
		long now = System.nanoTime();
		boolean recent = this.touchedNanos != null
				&& now - this.touchedNanos < TimeUnit.MILLISECONDS.toNanos(TOUCH_MILLIS);
		if (recent || !this.look.isUnusedSince(System.currentTimeMillis() - TOUCH_MILLIS)) {
			return false;
		}
		this.touchedNanos = now;
		return true;
	}

	/**
	 * Writes the content again if it is not what was recorded.
	 * @param rewrite whether to write it in any case. Only its owner may set the times of
	 * a file, but whoever may write to it changes them that way
	 */
	private Verdict restore(Verdict verdict, boolean rewrite) throws IOException {
		byte[] content;
		try {
			content = this.file.read(0, this.record.length() + 1);
			if (this.record.isAllOf(content) && this.writing == Writing.DONE) {
				if (rewrite) {
					writeForItsAge();
					return verifyLocks();
				}
				return verdict;
			}
			content = this.file.read(0, LockRecord.MAX_LENGTH + 1);
		}
		catch (IOException ex) {
			return Verdict.doubt("The content could not be read: " + Obstacle.of(this.path, ex).reason());
		}
		long size = Math.max(content.length, this.look.size());
		if (size > LockRecord.MAX_LENGTH || (this.writing == Writing.NEVER && !LockRecord.mayReplace(content))) {
			return Verdict
				.doubt("The content has been replaced and is left alone: " + Obstacle.somebodysData(size).reason());
		}
		if (this.writing != Writing.NEVER && content.length != this.look.size()) {
			// If other code has closed the descriptor, its number can lead to anybody's
			// file by now. If only the content is being changed, the next verification
			// repairs it. Whether the path names a file that was never written to is
			// found out below.
			return Verdict.doubt("The open file has " + content.length + " bytes, and that at the path "
					+ this.look.size() + ": it is being changed, or other code has closed it by its number");
		}
		try {
			writeAgain(content.length);
		}
		catch (IOException ex) {
			if (this.writing == Writing.USELESS && isUseless(ex)) {
				throw ex;
			}
			if (this.writing != Writing.NEVER) {
				this.writing = isUseless(ex) ? Writing.USELESS : Writing.FAILED;
			}
			return Verdict.doubt("The content could not be written again: " + Obstacle.of(this.path, ex).reason());
		}
		boolean named;
		try {
			named = this.writing != Writing.NEVER || this.file.key() != null || this.file.isNamedBy(this.path);
			this.writing = named ? Writing.DONE : Writing.NEVER;
			Look now = this.path.look();
			if (named && (!now.isSameFile(this.look) || now.size() != this.record.length())) {
				return Verdict.doubt("Another program keeps moving or changing the file");
			}
		}
		catch (IOException ex) {
			return Verdict.doubt(Obstacle.of(this.path, ex).reason());
		}
		if (!named) {
			throw new IOException("The path named this file only while it was opened");
		}
		// The lock may have gone since it was verified, and somebody else have recorded
		// what was overwritten just now.
		return verifyLocks(Repair.CONTENT);
	}

	private void writeForItsAge() {
		try {
			this.file.write(this.record, false);
		}
		catch (IOException ex) {
			// The lock is no worse for that, and the next verification sees the content.
		}
	}

	private void writeAgain(int length) throws IOException {
		if (length > 0) {
			// First of all, so that a kill leaves nothing of what somebody else wrote.
			this.file.truncate(0);
		}
		this.file.write(this.record, true);
	}

	boolean isClosed() {
		return this.closed;
	}

	/**
	 * Releases the lock and closes the file. What an error cuts short is done by the next
	 * call.
	 */
	void close() {
		if (!this.closed) {
			JvmLocks.close(this.file, this.key, this.path.toPath());
			JvmLocks.forget(this.path.toPath(), this);
			JvmLocks.forget(this.key, this);
			this.closed = true;
		}
		JvmLocks.sweep();
	}

	/**
	 * How the record was written last.
	 */
	private enum Writing {

		DONE,

		/**
		 * It is written again, even if it can be read back: a network file system may
		 * show what its server never got.
		 */
		FAILED,

		/**
		 * The same, and the descriptor may be of no use. If that is so twice, the file is
		 * opened again.
		 */
		USELESS,

		/**
		 * Nothing was written through this descriptor yet. If that fails, the disk is to
		 * blame, and the file is kept. What the file says may be somebody's data.
		 */
		NEVER

	}

}
