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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * The open file whose guard byte is locked. Everybody locks the gate byte before the
 * guard byte, so that the holder can let go of the guard and take it again with nobody in
 * between.
 */
final class GuardedFile {

	private static final long GUARD = 0;

	private static final long GATE = 1 << 20;

	private static final long GATE_PATIENCE_NANOS = 100_000_000;

	private static final long GATE_PAUSE_NANOS = 1_000_000;

	private static final long TOUCH_AGE_MILLIS = 3_600_000;

	/**
	 * Channels of files that somebody else in this JVM has locked, by file key. They are
	 * not closed, not by the garbage collector either: that would drop the other one's
	 * lock. The next attempt on the file takes its channel from here.
	 */
	private static final Map<Object, FileChannel> ABANDONED = new ConcurrentHashMap<>();

	private final Path path;

	private final FileChannel channel;

	private final @Nullable JvmClaim claim;

	private final byte[] record;

	private FileLock guard;

	private final @Nullable Object key;

	private FileTime modified;

	private boolean abandoned;

	GuardedFile(Path path, FileChannel channel, @Nullable JvmClaim claim, byte[] record, FileLock guard,
			BasicFileAttributes known) {
		this.path = path;
		this.channel = channel;
		this.claim = claim;
		this.record = record;
		this.guard = guard;
		this.key = known.fileKey();
		this.modified = known.lastModifiedTime();
	}

	/**
	 * Looks at what a path names without opening it.
	 * @return what is there, or {@code null} if nothing is
	 */
	static @Nullable BasicFileAttributes look(Path path) throws IOException {
		try {
			return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
		}
		catch (NoSuchFileException ex) {
			return null;
		}
	}

	/**
	 * Locks the gate. Others have it only while they look, so it is worth a short wait.
	 * @return the gate, or {@code null} if it stayed busy
	 */
	static @Nullable FileLock tryLockGate(FileChannel channel) throws IOException {
		FileLock gate = channel.tryLock(GATE, 1, false);
		if (gate != null) {
			return gate;
		}
		long start = System.nanoTime();
		while (gate == null && System.nanoTime() - start < GATE_PATIENCE_NANOS) {
			LockSupport.parkNanos(GATE_PAUSE_NANOS);
			gate = channel.tryLock(GATE, 1, false);
		}
		return gate;
	}

	static @Nullable FileLock tryLockGuard(FileChannel channel) throws IOException {
		return channel.tryLock(GUARD, 1, false);
	}

	static void write(FileChannel channel, byte[] bytes, long position) throws IOException {
		ByteBuffer buffer = ByteBuffer.wrap(bytes);
		while (buffer.hasRemaining()) {
			channel.write(buffer, position + buffer.position());
		}
	}

	static void abandon(FileChannel channel, @Nullable Object key) {
		if (key != null) {
			ABANDONED.put(key, channel);
		}
		else {
			// Only Windows has no file key, and there a lock belongs to its channel.
			close(channel);
		}
	}

	static @Nullable FileChannel takeAbandoned(@Nullable Object key) {
		return (key != null) ? ABANDONED.remove(key) : null;
	}

	static void close(FileChannel channel) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			// The descriptor is gone all the same (close(2)), and the lock with it.
		}
	}

	boolean isNamedBy(BasicFileAttributes found) {
		return Objects.equals(found.fileKey(), this.key);
	}

	/**
	 * Lets go of the guard and takes it again: that brings back a lock the kernel had
	 * dropped, and finds whoever took it since.
	 * @return whether the guard is held
	 * @throws IOException if that could not be found out
	 */
	boolean reassert() throws IOException {
		try (FileLock gate = tryLockGate(this.channel)) {
			if (gate == null) {
				throw new IOException("another process has kept its gate locked");
			}
			this.guard.release();
			FileLock retaken = retakeGuard();
			if (retaken == null) {
				return false;
			}
			this.guard = retaken;
			return true;
		}
		catch (OverlappingFileLockException ex) {
			throw new IOException("other code in this JVM has locked its gate", ex);
		}
	}

	private @Nullable FileLock retakeGuard() throws IOException {
		try {
			return tryLockGuard(this.channel);
		}
		catch (OverlappingFileLockException ex) {
			abandon(this.channel, this.key);
			this.abandoned = true;
			return null;
		}
	}

	/**
	 * Writes the content again if the file's size or time is not what it was. Otherwise
	 * touches a file not changed for long, so that cleaners of temporary files leave it.
	 * @param found what the path names
	 * @return whether the content had been changed
	 */
	boolean restoreContent(BasicFileAttributes found) throws IOException {
		boolean changed = this.record.length > 0
				&& (found.size() != this.record.length || !found.lastModifiedTime().equals(this.modified));
		long now = System.currentTimeMillis();
		boolean aged = found.lastModifiedTime().toMillis() < now - TOUCH_AGE_MILLIS;
		// To touch a file is up to its owner (utime(2)), and a holder may be somebody
		// else.
		if (changed || (aged && this.record.length > 0)) {
			UninterruptibleIo.call(() -> {
				write(this.channel, this.record, 0);
				return this.channel.truncate(this.record.length);
			});
		}
		else if (aged) {
			// Files.setLastModifiedTime opens the file, and closing it drops the lock.
			if (!this.path.toFile().setLastModified(now)) {
				throw new IOException("its modification time cannot be set");
			}
		}
		else {
			return false;
		}
		BasicFileAttributes written = look(this.path);
		if (written != null && isNamedBy(written)) {
			this.modified = written.lastModifiedTime();
		}
		return changed;
	}

	void release() {
		if (!this.abandoned) {
			close(this.channel);
		}
		// The claim goes last: whoever gets it opens the file, and if our channel closed
		// after that, it would drop their lock.
		if (this.claim != null) {
			this.claim.release();
		}
	}

}
