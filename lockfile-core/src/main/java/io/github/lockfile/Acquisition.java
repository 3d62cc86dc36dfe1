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
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * One attempt to open, lock and write the file that a path names. A failed attempt leaves
 * nothing open, locked or claimed.
 */
final class Acquisition {

	/**
	 * The length of a lock file at most, in bytes. Anything longer is somebody's data.
	 */
	static final int MAX_LENGTH = 8 * 1024;

	/**
	 * The length of a content at most, in bytes. It leaves room for the padding of the
	 * proof: a holder killed amid it must not leave a file longer than a lock file.
	 */
	static final int MAX_CONTENT_LENGTH = 7 * 1024;

	/**
	 * The size of a block in most file systems. A proof that needs a second one makes the
	 * file system allocate and free it.
	 */
	private static final int BLOCK = 4 * 1024;

	private static final char DELETE = '\u007f';

	private static final int MAX_REPLACEMENTS = 100;

	private static final Set<OpenOption> EXISTING = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE,
			LinkOption.NOFOLLOW_LINKS);

	private static final Set<OpenOption> MISSING = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE,
			LinkOption.NOFOLLOW_LINKS, StandardOpenOption.CREATE);

	private final Path path;

	private final String content;

	private final byte[] record;

	private @Nullable JvmClaim claim;

	private @Nullable Object key;

	private @Nullable FileChannel channel;

	private Acquisition(Path path, String content) {
		this.path = path;
		this.content = content;
		// Not "+", which costs the first acquire in a JVM some milliseconds.
		this.record = content.isEmpty() ? new byte[0]
				: " ".concat(content).concat("\n").getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Acquires the file, whether the calling thread is interrupted or not.
	 */
	static GuardedFile acquire(Path path, String content) throws IOException {
		try {
			return acquireInterruptibly(path, content);
		}
		catch (ClosedByInterruptException ex) {
			return UninterruptibleIo.call(() -> acquireInterruptibly(path, content));
		}
	}

	private static GuardedFile acquireInterruptibly(Path path, String content) throws IOException {
		for (int i = 0; i < MAX_REPLACEMENTS; i++) {
			GuardedFile file = new Acquisition(path, content).run();
			if (file != null) {
				return file;
			}
		}
		throw new LockFileUnavailableException(path, "another program keeps replacing it");
	}

	private @Nullable GuardedFile run() throws IOException {
		GuardedFile file = null;
		try {
			file = lock();
			return file;
		}
		catch (OverlappingFileLockException ex) {
			// Somebody in this JVM locked the file without a claim.
			abandonChannel();
			throw new LockFileHeldException(this.path, "", true);
		}
		finally {
			if (file == null) {
				undo();
			}
		}
	}

	private void undo() {
		if (this.channel != null) {
			GuardedFile.close(this.channel);
		}
		if (this.claim != null) {
			this.claim.release();
		}
	}

	private void abandonChannel() {
		if (this.channel != null) {
			GuardedFile.abandon(this.channel, this.key);
			this.channel = null;
		}
	}

	private @Nullable GuardedFile lock() throws IOException {
		BasicFileAttributes found = GuardedFile.look(this.path);
		if (found != null) {
			claim(found);
		}
		FileChannel channel = open();
		this.channel = channel;
		if (found == null) {
			found = GuardedFile.look(this.path);
			if (found == null) {
				return null;
			}
			claim(found);
		}
		// The gate stays locked until the content is written: whoever is refused shall
		// read our record, not that of the holder before us.
		try (FileLock gate = GuardedFile.tryLockGate(channel)) {
			FileLock guard = (gate != null) ? GuardedFile.tryLockGuard(channel) : null;
			if (guard == null) {
				throw new LockFileHeldException(this.path, readContent(channel), false);
			}
			BasicFileAttributes proven = writeAndProve(channel, found);
			return (proven != null) ? new GuardedFile(this.path, channel, this.claim, this.record, guard, proven)
					: null;
		}
	}

	private void claim(BasicFileAttributes found) {
		if (found.isDirectory()) {
			throw new LockFileUnavailableException(this.path, "it is a directory");
		}
		if (found.isSymbolicLink()) {
			// Whoever made the link could have us overwrite any file.
			throw new LockFileUnavailableException(this.path, "it is a symbolic link");
		}
		if (!found.isRegularFile()) {
			throw new LockFileUnavailableException(this.path, "it is not a regular file");
		}
		requireLength(found.size());
		this.key = found.fileKey();
		if (this.key == null) {
			return;
		}
		this.claim = JvmClaim.tryClaim(this.key, this.content);
		if (this.claim == null) {
			abandonChannel();
			throw new LockFileHeldException(this.path, JvmClaim.recorded(this.key), true);
		}
	}

	private void requireLength(long length) {
		if (length > MAX_LENGTH) {
			throw new LockFileUnavailableException(this.path,
					"it has %d bytes, more than the %d of any lock file; it seems to be somebody's data"
						.formatted(length, MAX_LENGTH));
		}
	}

	private FileChannel open() throws IOException {
		FileChannel abandoned = GuardedFile.takeAbandoned(this.key);
		if (abandoned != null) {
			return abandoned;
		}
		try {
			return FileChannel.open(this.path, EXISTING);
		}
		catch (NoSuchFileException ex) {
			// CREATE only now: in a sticky directory Linux denies it for another user's
			// file, even one that may be written (fs.protected_regular in proc(5)).
			return FileChannel.open(this.path, MISSING);
		}
	}

	/**
	 * Writes the record padded to a random length. If the path then reports that length,
	 * it names the file that is locked. Java cannot ask an open channel for its file key,
	 * and the path may have been replaced since it was opened.
	 * @return what the path names, or {@code null} if that is another file
	 */
	private @Nullable BasicFileAttributes writeAndProve(FileChannel channel, BasicFileAttributes found)
			throws IOException {
		long length = channel.size();
		requireLength(length);
		boolean writes = this.record.length > 0;
		int kept = writes ? this.record.length : (int) length;
		if (kept == MAX_LENGTH) {
			throw new LockFileUnavailableException(this.path,
					"it has %d bytes, no room is left to prove that it is the locked one".formatted(length));
		}
		// Enough lengths to choose from, whatever is kept.
		int longest = (kept < BLOCK / 2) ? BLOCK : MAX_LENGTH;
		int padded = ThreadLocalRandom.current().nextInt(kept, longest) + 1;
		byte[] bytes = Arrays.copyOf(this.record, writes ? padded : padded - kept);
		Arrays.fill(bytes, this.record.length, bytes.length, (byte) '\n');
		BasicFileAttributes seen;
		try {
			GuardedFile.write(channel, bytes, writes ? 0 : kept);
			seen = GuardedFile.look(this.path);
			channel.truncate(kept);
		}
		catch (IOException ex) {
			// Half a record would name a holder that is none.
			truncateAfter(ex, channel, writes ? 0 : kept);
			throw ex;
		}
		if (seen == null || seen.size() != padded) {
			// Or it was longer than the padded record; it no longer is at the next try.
			return null;
		}
		// What is remembered must be of the locked file, or verify() would trust another.
		BasicFileAttributes proven = GuardedFile.look(this.path);
		return (proven != null && Objects.equals(proven.fileKey(), found.fileKey())) ? proven : null;
	}

	private static void truncateAfter(IOException failure, FileChannel channel, long length) {
		try {
			channel.truncate(length);
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
		}
	}

	private static String readContent(FileChannel channel) throws IOException {
		byte[] bytes;
		try {
			bytes = read(channel, 0);
		}
		catch (ClosedByInterruptException ex) {
			throw ex;
		}
		catch (IOException ex) {
			// Windows lets nobody else read the locked byte, which is the leading space.
			bytes = read(channel, 1);
		}
		return withoutControls(new String(bytes, StandardCharsets.UTF_8)).strip();
	}

	private static String withoutControls(String text) {
		char[] characters = text.toCharArray();
		for (int i = 0; i < characters.length; i++) {
			if (characters[i] < ' ' || characters[i] == DELETE) {
				characters[i] = ' ';
			}
		}
		return new String(characters);
	}

	private static byte[] read(FileChannel channel, long position) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate((int) Math.max(0, Math.min(channel.size() - position, MAX_LENGTH)));
		while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
			// Reads on: one call may return less than there is.
		}
		return Arrays.copyOf(buffer.array(), buffer.position());
	}

}
