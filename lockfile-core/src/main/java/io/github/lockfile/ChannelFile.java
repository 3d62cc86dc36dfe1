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
import java.util.Arrays;
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

	private final LockedByte first = new LockedByte(FIRST);

	private final LockedByte lock = new LockedByte(LOCK);

	private final LockedByte seal = new LockedByte(SEAL);

	private final LockedByte probe = new LockedByte(PROBE);

	private final LockedByte doubt = new LockedByte(DOUBT);

	/**
	 * Whether a call has failed between the halves of verify 2: FIRST must not be let go
	 * of before LOCK is back, since we would have neither.
	 */
	private boolean lockInQuestion;

	private OtherLocks otherLocks = OtherLocks.UNKNOWN;

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
			Locks locks = !this.first.tryOnce() ? Locks.FIRST_BUSY
					: !this.lock.tryOnce() ? Locks.LOCK_BUSY : Locks.OURS;
			if (locks == Locks.OURS) {
				this.otherLocks = OtherLocks.NONE;
			}
			else {
				release();
			}
			return locks;
		}
		catch (OverlappingFileLockException ex) {
			this.otherLocks = OtherLocks.SEEN;
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
			this.otherLocks = OtherLocks.SEEN;
		}
	}

	@Override
	Locks retake() throws IOException {
		try {
			return retakeInTurn();
		}
		finally {
			if (this.first.isOurs() || !this.lock.isOurs()) {
				this.doubt.releaseQuietly();
			}
			else {
				showDoubt();
			}
		}
	}

	private void showDoubt() {
		try {
			this.doubt.tryShared();
		}
		catch (IOException | OverlappingFileLockException ex) {
			// The next verification tries again.
		}
	}

	private Locks retakeInTurn() throws IOException {
		boolean overlaps = false;
		try {
			if (this.lockInQuestion && !retakeLock()) {
				return Locks.LOCK_BUSY;
			}
			this.first.release();
			if (!this.first.tryFor(PATIENCE_NANOS)) {
				return lookPatiently() ? Locks.HOLDER_SEEN : Locks.FIRST_BUSY;
			}
			if (!retakeLock()) {
				return Locks.LOCK_BUSY;
			}
		}
		catch (OverlappingFileLockException ex) {
			this.otherLocks = OtherLocks.SEEN;
			overlaps = true;
		}
		if (overlaps) {
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
			return this.probe.tryShared() && !isSealFree();
		}
		catch (OverlappingFileLockException ex) {
			return false;
		}
		finally {
			this.seal.release();
			this.probe.release();
		}
	}

	/**
	 * Another copy of the library in this JVM may be the holder: then it is the table of
	 * the JDK that refuses. Nobody of ours looks meanwhile, since we have the monitor.
	 */
	private boolean isSealFree() throws IOException {
		try {
			return this.seal.tryShared();
		}
		catch (OverlappingFileLockException ex) {
			this.otherLocks = OtherLocks.SEEN;
			return false;
		}
	}

	/**
	 * Never asks for LOCK without FIRST, not even for a shared lock: a holder and a taker
	 * have one try for it.
	 */
	@Override
	boolean isLockedByThisJvm() {
		if (this.otherLocks == OtherLocks.NONE) {
			return false;
		}
		boolean seen;
		try {
			this.doubt.tryShared();
			seen = this.otherLocks == OtherLocks.SEEN && take() == Locks.THIS_JVM;
		}
		catch (OverlappingFileLockException ex) {
			seen = true;
		}
		catch (IOException ex) {
			seen = this.channel.isOpen();
		}
		finally {
			release();
		}
		this.otherLocks = seen ? OtherLocks.SEEN : OtherLocks.UNKNOWN;
		return seen;
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
			// Only an overlap of the second channel proves that both have the same file:
			// the first one may overlap with the lock of a third.
			if (opened.probe.tryShared()) {
				this.probe.tryShared();
			}
			return false;
		}
		catch (OverlappingFileLockException ex) {
			opened.otherLocks = OtherLocks.SEEN;
			return opened.probe.isOurs();
		}
		catch (IOException ex) {
			return false;
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
			return isSameFile(second);
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
	byte[] read(long position, int limit) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(limit);
		int count;
		do {
			// One read may be shorter than the file. Who asks for one byte more than he
			// expects need not read the end as well.
			count = result(this.channel.read(buffer, position + buffer.position()));
		}
		while (count > 0 && buffer.remaining() > 1);
		return Arrays.copyOf(buffer.array(), buffer.position());
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
	String taker(Locks locks) {
		return "another process";
	}

	@Override
	void release() {
		this.doubt.releaseQuietly();
		this.probe.releaseQuietly();
		this.seal.releaseQuietly();
		this.lock.releaseQuietly();
		this.first.releaseQuietly();
	}

	/**
	 * A channel that cannot let go of a lock cannot close its descriptor either, and has
	 * one try only.
	 */
	@Override
	public boolean mustStayOpen() {
		release();
		boolean locked = UNIX && isLockedByThisJvm();
		return this.channel.isOpen() && (locked || this.first.isOurs() || this.lock.isOurs() || this.seal.isOurs()
				|| this.probe.isOurs() || this.doubt.isOurs());
	}

	@Override
	public void close() {
		release();
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			// The descriptor is gone all the same (close(2)), and its locks with it.
		}
	}

	/**
	 * What this JVM has locked of the file through other channels.
	 */
	private enum OtherLocks {

		/**
		 * FIRST and LOCK were ours, and no lock has overlapped since.
		 */
		NONE,

		/**
		 * A holder in doubt has LOCK alone, and no try for FIRST overlaps with that.
		 */
		UNKNOWN,

		/**
		 * There was one when that was asked last.
		 */
		SEEN

	}

	/**
	 * A byte of the file, and our lock on it.
	 */
	private final class LockedByte {

		private final long position;

		/**
		 * Forgotten only when it is released: the JDK refuses a second lock beside one
		 * that it still has in its table.
		 */
		private @Nullable FileLock ours;

		LockedByte(long position) {
			this.position = position;
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
			this.ours = ChannelFile.this.channel.tryLock(this.position, 1, shared);
			return isOurs();
		}

		boolean tryFor(long nanos) throws IOException {
			long start = System.nanoTime();
			while (!tryOnce()) {
				if (System.nanoTime() - start >= nanos) {
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
