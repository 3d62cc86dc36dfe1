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

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.Verdict.Locks;
import org.jspecify.annotations.Nullable;

/**
 * A file that is open through a channel of the JDK, whose locks are record locks of the
 * process.
 */
final class ChannelFile extends OpenFile {

	private static final Set<OpenOption> OPTIONS = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE,
			LinkOption.NOFOLLOW_LINKS);

	private static final int SEAL_TRIES = 5;

	/**
	 * Where closing a descriptor drops the locks that the process has through another.
	 */
	private static final boolean UNIX = File.separatorChar == '/';

	/**
	 * Reads and writes on the calling thread. Windows has its own threads for that.
	 */
	private static final @Nullable ExecutorService EXECUTOR = UNIX ? new SameThread() : null;

	private final AsynchronousFileChannel channel;

	private final String whyNotNative;

	private final LockedRange first = new LockedRange(FIRST, 1);

	private final LockedRange lock = new LockedRange(LOCK, 1);

	private final LockedRange seal = new LockedRange(SEAL, 1);

	private final LockedRange probe = new LockedRange(PROBE, 1);

	private final LockedRange all = new LockedRange(FIRST, Long.MAX_VALUE);

	/**
	 * Whether a call has failed between the halves of verify 2: FIRST must not be let go
	 * of before LOCK is back, since we would have neither.
	 */
	private boolean lockInQuestion;

	private ChannelFile(AsynchronousFileChannel channel, String whyNotNative) {
		this.channel = channel;
		this.whyNotNative = whyNotNative;
	}

	/**
	 * Opens a file, without following a link, through the kind of channel that nothing
	 * but {@code close} closes: a {@code FileChannel} is closed by an interrupt and by
	 * the garbage collector, and its {@code tryLock} takes EINTR for success.
	 */
	static ChannelFile open(LockPath path, String whyNotNative) throws IOException {
		return new ChannelFile(AsynchronousFileChannel.open(path.toPath(), OPTIONS, EXECUTOR), whyNotNative);
	}

	@Override
	Locks take() throws IOException {
		try {
			if (!this.first.tryOnce()) {
				return Locks.FIRST_BUSY;
			}
			if (this.lock.tryOnce()) {
				return Locks.OURS;
			}
			release();
			return Locks.LOCK_BUSY;
		}
		catch (OverlappingFileLockException ex) {
			release();
			return Locks.THIS_JVM;
		}
	}

	@Override
	void mark() throws IOException {
		try {
			this.seal.tryOnce();
		}
		catch (OverlappingFileLockException ex) {
			// Other code of this JVM has locked that byte; the lock is held all the same.
		}
	}

	@Override
	Locks retake() throws IOException {
		try {
			if (this.lockInQuestion && !retakeLock()) {
				return Locks.LOCK_BUSY;
			}
			this.first.release();
			if (!this.first.tryPatiently()) {
				return lookPatiently() ? Locks.HOLDER_SEEN : Locks.FIRST_BUSY;
			}
			if (!retakeLock()) {
				return Locks.LOCK_BUSY;
			}
		}
		catch (OverlappingFileLockException ex) {
			return (!this.first.isOurs() && lookPatiently()) ? Locks.HOLDER_SEEN : Locks.THIS_JVM;
		}
		this.seal.release();
		mark();
		for (int tries = 1; tries < SEAL_TRIES && !this.seal.isOurs(); tries++) {
			// Somebody may be looking at it.
			LockSupport.parkNanos(PAUSE_NANOS);
			mark();
		}
		return Locks.OURS;
	}

	private boolean retakeLock() throws IOException {
		this.lockInQuestion = true;
		this.lock.release();
		boolean taken = this.lock.tryOnce();
		this.lockInQuestion = false;
		return taken;
	}

	private boolean lookPatiently() throws IOException {
		this.seal.release();
		for (long start = System.nanoTime(); System.nanoTime() - start < PATIENCE_NANOS;) {
			if (isHolderSeen()) {
				return true;
			}
			LockSupport.parkNanos(PAUSE_NANOS);
		}
		return false;
	}

	@Override
	boolean isHolderSeen() throws IOException {
		try {
			return this.probe.tryShared() && !this.seal.tryShared();
		}
		catch (OverlappingFileLockException ex) {
			// If it is SEAL that overlaps, another copy of the library in this JVM is the
			// holder. Nobody of ours looks meanwhile, since we have the monitor.
			return this.probe.isOurs();
		}
		finally {
			this.seal.release();
			this.probe.release();
		}
	}

	/**
	 * Asks for all of the file, shared. What this JVM has locked of it overlaps, even
	 * LOCK alone, which a holder in doubt has. The kernel grants it only while nobody has
	 * FIRST, so it is never in the way of somebody who tries LOCK.
	 */
	@Override
	boolean isLockedByThisJvm() {
		try {
			this.all.tryShared();
			return false;
		}
		catch (OverlappingFileLockException ex) {
			return true;
		}
		catch (IOException ex) {
			// The JDK asks its own table first, so that nothing of this JVM overlaps.
			return false;
		}
		finally {
			this.all.releaseQuietly();
		}
	}

	/**
	 * The JDK finds out that two channels have one file open when their locks overlap.
	 */
	@Override
	boolean isSameFile(OpenFile other) {
		if (!(other instanceof ChannelFile opened)) {
			return other.isSameFile(this);
		}
		try {
			return overlaps(opened);
		}
		catch (IOException ex) {
			return false;
		}
	}

	private boolean overlaps(ChannelFile opened) throws IOException {
		try {
			// Only an overlap of the second channel proves that both have the same file:
			// the first one may overlap with the lock of a third.
			if (opened.probe.tryShared()) {
				this.probe.tryShared();
			}
			return false;
		}
		catch (OverlappingFileLockException ex) {
			return opened.probe.isOurs();
		}
		finally {
			this.probe.releaseQuietly();
			opened.probe.releaseQuietly();
		}
	}

	@Override
	boolean isNamedBy(LockPath path) throws IOException {
		ChannelFile second = open(path, this.whyNotNative);
		try {
			return overlaps(second);
		}
		finally {
			JvmLocks.close(second, null, path.toPath());
		}
	}

	@Override
	@Nullable String key() {
		return null;
	}

	@Override
	int read(byte[] into, int offset, long position) throws IOException {
		return result(this.channel.read(ByteBuffer.wrap(into, offset, into.length - offset), position));
	}

	@Override
	void write(LockRecord record, boolean force) throws IOException {
		ByteBuffer buffer = ByteBuffer.wrap(record.bytes());
		while (buffer.hasRemaining()) {
			result(this.channel.write(buffer, buffer.position()));
		}
		if (force) {
			this.channel.force(true);
		}
	}

	@Override
	void truncate(long length) throws IOException {
		this.channel.truncate(length);
	}

	/**
	 * The JDK sets the time of the last change only. Reading sets that of the last
	 * access, unless the file system is mounted without (mount(8), "relatime").
	 */
	@Override
	boolean touch(LockPath path) {
		boolean touched = path.touch();
		try {
			read(0, 1);
		}
		catch (IOException ex) {
			// The file looks unused then, which is no fault of its lock.
		}
		return touched;
	}

	private static int result(Future<Integer> result) throws IOException {
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return result.get();
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof IOException cause) ? cause : new IOException(ex.getCause());
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@Override
	String whyNotNative() {
		return this.whyNotNative;
	}

	@Override
	String holder(Locks locks) {
		return "another process";
	}

	@Override
	void release() {
		this.all.releaseQuietly();
		this.probe.releaseQuietly();
		this.seal.releaseQuietly();
		this.lock.releaseQuietly();
		this.first.releaseQuietly();
	}

	/**
	 * If a lock cannot be let go of, the channel must stay open: its close would let go
	 * of it first, leave the descriptor open when that fails, and never try again.
	 */
	@Override
	public boolean mustStayOpen() {
		// Who has all three shares the file with nobody in this JVM.
		boolean alone = this.first.isOurs() && this.lock.isOurs() && this.seal.isOurs();
		release();
		boolean locked = UNIX && !alone && isLockedByThisJvm();
		return this.channel.isOpen() && (locked || this.first.isOurs() || this.lock.isOurs() || this.seal.isOurs()
				|| this.probe.isOurs() || this.all.isOurs());
	}

	@Override
	public void close() {
		release();
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			// If close(2) failed, the descriptor is gone all the same, and its locks
			// with it. If a lock could not be let go of, it stays open: see giveUp().
		}
	}

	/**
	 * While the JDK has our FIRST or LOCK in its table, nobody else in this JVM holds the
	 * lock, so that closing drops none. The JDK takes our locks off its table before it
	 * lets go of them. If that fails, the descriptor stays open until the JVM ends.
	 */
	@Override
	boolean giveUp() {
		if (!this.first.isOurs() && !this.lock.isOurs()) {
			return false;
		}
		try {
			isHolderSeen();
			return false;
		}
		catch (IOException ex) {
			close();
			return true;
		}
	}

	/**
	 * Some bytes of the file, and our lock on them.
	 */
	private final class LockedRange {

		private final long position;

		private final long size;

		/**
		 * Forgotten only when it is released: the JDK refuses a second lock beside one
		 * that it still has in its table.
		 */
		private @Nullable FileLock ours;

		LockedRange(long position, long size) {
			this.position = position;
			this.size = size;
		}

		boolean isOurs() {
			return this.ours != null;
		}

		boolean tryOnce() throws IOException {
			return isOurs() || tryLock(false);
		}

		boolean tryShared() throws IOException {
			return isOurs() || tryLock(true);
		}

		private boolean tryLock(boolean shared) throws IOException {
			this.ours = ChannelFile.this.channel.tryLock(this.position, this.size, shared);
			return isOurs();
		}

		boolean tryPatiently() throws IOException {
			long start = System.nanoTime();
			while (!tryOnce()) {
				if (System.nanoTime() - start >= PATIENCE_NANOS) {
					return false;
				}
				LockSupport.parkNanos(PAUSE_NANOS);
			}
			return true;
		}

		void release() throws IOException {
			if (this.ours != null) {
				this.ours.release();
				this.ours = null;
			}
		}

		void releaseQuietly() {
			try {
				release();
			}
			catch (IOException ex) {
				// It stays ours and is released by the next call, or with the channel.
			}
		}

	}

	private static final class SameThread extends AbstractExecutorService {

		@Override
		public void execute(Runnable command) {
			command.run();
		}

		@Override
		public void shutdown() {
		}

		@Override
		public List<Runnable> shutdownNow() {
			return List.of();
		}

		@Override
		public boolean isShutdown() {
			return false;
		}

		@Override
		public boolean isTerminated() {
			return false;
		}

		@Override
		public boolean awaitTermination(long timeout, TimeUnit unit) {
			return false;
		}

	}

}
