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
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;

/**
 * Tells whether a lock file is held, for people and scripts:
 * {@code java -jar lockfile-core.jar <path>}. Anybody who may read the file may ask. It
 * takes shared locks for a moment, which refuse no holder, and changes nothing.
 * <p>
 * The mark of a holder comes first. A holder in doubt has none, but then somebody has the
 * first byte, or the holder has LOCK and nobody can become one beside it. LOCK is not
 * asked for, since a holder has one try for it.
 */
final class IsHeld {

	/**
	 * As sysexits.h has them: EX_TEMPFAIL, EX_CANTCREAT and EX_USAGE.
	 */
	private static final int FREE = 0, HELD = 75, UNREADABLE = 73, USAGE = 64;

	private IsHeld() {
	}

	/**
	 * Prints one line, and exits with 75 if the lock is held, with 0 if it is free, with
	 * 73 if that cannot be told.
	 */
	public static void main(String[] args) {
		if (args.length != 1) {
			System.err.println("Usage: java -jar lockfile-core.jar <path of a lock file>");
			System.exit(USAGE);
		}
		System.exit(ask(args[0]));
	}

	private static int ask(String path) {
		// To open a pipe would wait for somebody who writes to it.
		if (Files.exists(Path.of(path)) && !Files.isRegularFile(Path.of(path))) {
			System.err.println(LockRecord.clean("'" + path + "' is not a regular file"));
			return UNREADABLE;
		}
		try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(Path.of(path), StandardOpenOption.READ)) {
			String content = read(channel);
			boolean marked = !isFree(channel, OpenFile.SEAL);
			boolean held = marked || !isFree(channel, OpenFile.FIRST);
			System.out.println((marked ? "held: " : held ? "held or being taken: " : "free: ") + LockRecord.clean(path)
					+ (content.isEmpty() ? "" : ". The file says: " + content));
			return held ? HELD : FREE;
		}
		catch (NoSuchFileException ex) {
			System.out.println("free: " + LockRecord.clean(path) + " does not exist");
			return FREE;
		}
		catch (IOException ex) {
			System.err.println(LockRecord.clean("Lock file '" + path + "' cannot be read: "
					+ Obstacle.of(new LockPath(Path.of(path)), ex).reason()));
			return UNREADABLE;
		}
	}

	private static boolean isFree(AsynchronousFileChannel channel, long position) throws IOException {
		FileLock lock = channel.tryLock(position, 1, true);
		if (lock != null) {
			lock.release();
		}
		return lock != null;
	}

	/**
	 * Reads what the file says, which decides nothing. Where locks are mandatory a holder
	 * keeps others from reading the first byte; it is only a space.
	 */
	private static String read(AsynchronousFileChannel channel) {
		ByteBuffer buffer = ByteBuffer.allocate(LockRecord.MAX_LENGTH);
		for (int position = 0; position < 2; position++) {
			try {
				channel.read(buffer, position).get();
				return LockRecord.decode(Arrays.copyOf(buffer.array(), buffer.position())).strip();
			}
			catch (ExecutionException ex) {
				buffer.clear();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
		return "";
	}

}
