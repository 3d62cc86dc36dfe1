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
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
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

import org.jspecify.annotations.Nullable;

/**
 * Locks through the channels of the JDK: two record locks, each on one byte. The holder
 * has both. Everybody takes {@link #LOCK} first, and touches {@link #FIRST_BYTE} only
 * while holding that, so the holder can let go of either one and take it again without
 * anybody getting in between.
 */
final class ChannelBackend extends LockBackend {

	/**
	 * The lock, outside of any content. It stays in its place from 0.1.0 on.
	 */
	static final long LOCK = 1 << 20;

	/**
	 * The byte that programs lock which know nothing of {@link #LOCK}. It stays in its
	 * place from 0.1.0 on.
	 */
	static final long FIRST_BYTE = 0;

	/**
	 * A byte that is locked for a moment to find out whether two channels have the same
	 * file open.
	 */
	private static final long PROBE = LOCK + 1;

	private static final Set<OpenOption> OPTIONS = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE,
			LinkOption.NOFOLLOW_LINKS);

	/**
	 * Reads and writes on the calling thread. Windows has its own threads for that.
	 */
	private static final @Nullable ExecutorService EXECUTOR = (File.separatorChar == '/') ? new SameThread() : null;

	private final String whyNotNative;

	ChannelBackend() {
		this("it was not asked for");
	}

	ChannelBackend(String whyNotNative) {
		this.whyNotNative = whyNotNative;
	}

	/**
	 * Opens the channel that nothing but {@code close} closes: a {@code FileChannel} is
	 * closed by an interrupt and by the garbage collector, and its {@code tryLock} takes
	 * EINTR for success.
	 */
	@Override
	OpenFile open(Path path) throws IOException {
		return new OpenChannel(AsynchronousFileChannel.open(path, OPTIONS, EXECUTOR), this.whyNotNative);
	}

	private static final class OpenChannel extends OpenFile {

		private final AsynchronousFileChannel channel;

		private final String whyNotNative;

		private @Nullable FileLock lock;

		private @Nullable FileLock firstByte;

		private boolean overlapped;

		private OpenChannel(AsynchronousFileChannel channel, String whyNotNative) {
			this.channel = channel;
			this.whyNotNative = whyNotNative;
		}

		@Override
		String whyNotNative() {
			return this.whyNotNative;
		}

		@Override
		Taker take() throws IOException {
			try {
				this.lock = this.channel.tryLock(LOCK, 1, false);
				if (this.lock == null) {
					return Taker.HOLDER;
				}
				this.firstByte = this.channel.tryLock(FIRST_BYTE, 1, false);
				if (this.firstByte != null) {
					return Taker.NOBODY;
				}
				release();
				return Taker.OTHER_PROGRAM;
			}
			catch (OverlappingFileLockException ex) {
				this.overlapped = true;
				release();
				return Taker.THIS_JVM;
			}
		}

		@Override
		boolean isBeingTaken() throws IOException {
			try {
				this.firstByte = this.channel.tryLock(FIRST_BYTE, 1, false);
				return this.firstByte != null;
			}
			catch (OverlappingFileLockException ex) {
				this.overlapped = true;
				return false;
			}
			finally {
				release();
			}
		}

		@Override
		Finding retake(boolean changed, boolean recorded) throws IOException {
			boolean enough = isDoubtfulForLong();
			if (this.lock == null && this.firstByte == null) {
				// Both or neither: somebody may have one of them and need the other.
				return switch (take()) {
					case NOBODY -> Finding.HELD;
					case HOLDER ->
						(enough && (changed || !recorded) && !isBeingTaken()) ? Finding.TAKEN : Finding.BEING_TAKEN;
					default -> Finding.BEING_TAKEN;
				};
			}
			if (this.lock == null) {
				this.lock = tryPatiently(LOCK);
				if (this.lock == null) {
					// Whoever has it may have the first byte as well, since the kernel
					// dropped both of ours.
					return (enough && !retakeFirstByte() && (changed || !recorded)) ? Finding.TAKEN
							: Finding.BEING_TAKEN;
				}
			}
			if (retakeFirstByte()) {
				return retakeLock() ? Finding.HELD : Finding.BEING_TAKEN;
			}
			if ((!changed && !enough) || retakeLock()) {
				return Finding.OTHER_PROGRAM;
			}
			// A process that stopped halfway, beside another program, has written
			// nothing.
			return (changed || !recorded) ? Finding.TAKEN : Finding.BEING_TAKEN;
		}

		private boolean retakeFirstByte() throws IOException {
			FileLock last = this.firstByte;
			this.firstByte = null;
			if (last != null) {
				last.release();
			}
			this.firstByte = tryPatiently(FIRST_BYTE);
			return this.firstByte != null;
		}

		private boolean retakeLock() throws IOException {
			FileLock last = this.lock;
			this.lock = null;
			if (last != null) {
				last.release();
			}
			this.lock = tryPatiently(LOCK);
			return this.lock != null;
		}

		private @Nullable FileLock tryPatiently(long position) throws IOException {
			FileLock taken = tryOnce(position);
			for (long start = System.nanoTime(); taken == null
					&& System.nanoTime() - start < PATIENCE_NANOS; taken = tryOnce(position)) {
				LockSupport.parkNanos(PAUSE_NANOS);
			}
			return taken;
		}

		private @Nullable FileLock tryOnce(long position) throws IOException {
			try {
				return this.channel.tryLock(position, 1, false);
			}
			catch (OverlappingFileLockException ex) {
				this.overlapped = true;
				return null;
			}
		}

		@Override
		boolean isLockedByThisJvm() {
			try {
				release(this.channel.tryLock(0, Long.MAX_VALUE, false));
				return false;
			}
			catch (OverlappingFileLockException ex) {
				return true;
			}
			catch (ClosedChannelException ex) {
				return false;
			}
			catch (IOException ex) {
				return true;
			}
		}

		@Override
		boolean isSameFile(OpenFile other) {
			if (!(other instanceof OpenChannel opened)) {
				return other.isSameFile(this);
			}
			FileLock probe = null;
			try {
				probe = opened.channel.tryLock(PROBE, 1, false);
				release(this.channel.tryLock(PROBE, 1, false));
				return false;
			}
			catch (OverlappingFileLockException ex) {
				// Without the probe it is the lock of somebody else in this JVM.
				return probe != null;
			}
			catch (IOException ex) {
				return false;
			}
			finally {
				release(probe);
			}
		}

		@Override
		byte[] read(long position, long expected) throws IOException {
			int limit = (int) Math.max(0, Math.min(expected, LockRecord.MAX_LENGTH));
			ByteBuffer buffer = ByteBuffer.allocate(limit + 1);
			while (buffer.hasRemaining() && result(this.channel.read(buffer, position + buffer.position())) > 0) {
				if (buffer.position() == limit) {
					break;
				}
			}
			return Arrays.copyOf(buffer.array(), buffer.position());
		}

		@Override
		void write(LockRecord record, long length, boolean force) throws IOException {
			if (length > record.length()) {
				this.channel.truncate(record.length());
			}
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

		private void release() {
			release(this.firstByte);
			this.firstByte = null;
			release(this.lock);
			this.lock = null;
		}

		private static void release(@Nullable FileLock lock) {
			try {
				if (lock != null) {
					lock.release();
				}
			}
			catch (IOException ex) {
				// Closing the channel releases what is left.
			}
		}

		@Override
		void close() {
			// First, since a close that fails cannot be repeated.
			release();
			if (this.overlapped && isLockedByThisJvm()) {
				JvmMonitor.park(this.key, this);
				return;
			}
			try {
				this.channel.close();
			}
			catch (IOException ex) {
				// The descriptor is gone all the same (close(2)), and the lock with it.
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
