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

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A process that obeys one command a line and answers each with one line, for
 * {@code .ci/platforms}, which plays it on JVMs where no test can run. A word in a
 * command has no spaces.
 */
public final class LockPrompt {

	private final Map<String, LockFile> locks = new HashMap<>();

	private LockPrompt() {
	}

	/**
	 * Obeys until its standard input ends.
	 * @param args none
	 * @throws IOException if the standard input fails
	 */
	public static void main(String[] args) throws IOException {
		PrintStream out = System.out;
		// System.in asks how much there is to read, which Wine cannot tell of a pipe.
		BufferedReader in = new BufferedReader(
				new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8));
		LockPrompt prompt = new LockPrompt();
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			out.println(prompt.obey(line.strip().split(" ")));
		}
	}

	private String obey(String[] words) {
		try {
			return switch (words[0]) {
				case "acquire" -> acquire(words[1], NativeLocking.valueOf(words[2]), Path.of(words[3]));
				case "verify" -> lock(words[1]).verify().toString();
				case "close" -> close(words[1]);
				case "read" -> "read " + Files.readString(Path.of(words[1])).strip();
				case "delete" -> delete(Path.of(words[1]));
				case "move" -> move(Path.of(words[1]), Path.of(words[2]));
				case "open" -> open(Path.of(words[1]));
				case "interrupted" -> interrupted(Arrays.copyOfRange(words, 1, words.length));
				default -> "no such command: " + words[0];
			};
		}
		catch (LockFileHeldException ex) {
			return (ex.heldByThisJvm() ? "refused by this JVM: " : "refused: ") + ex.getMessage();
		}
		catch (LockFileUnavailableException ex) {
			return "unavailable: " + ex.getMessage();
		}
		catch (IOException | RuntimeException ex) {
			return "failed: " + ex;
		}
	}

	private String acquire(String name, NativeLocking locking, Path path) {
		LockFile lock = LockFile.acquire(path, ContentTemplate.of("{pid}"), Duration.ZERO, locking);
		this.locks.put(name, lock);
		return "acquired " + (lock.isNative() ? "native" : "channel");
	}

	private LockFile lock(String name) {
		LockFile lock = this.locks.get(name);
		if (lock == null) {
			throw new IllegalStateException("there is no lock " + name);
		}
		return lock;
	}

	private String close(String name) {
		lock(name).close();
		return "closed";
	}

	private static String delete(Path path) throws IOException {
		Files.delete(path);
		return "deleted";
	}

	private static String move(Path from, Path to) throws IOException {
		Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
		return "moved";
	}

	/**
	 * Opens a file as an attempt does that has found no link there a moment before.
	 */
	private static String open(Path path) throws IOException {
		String obstacle = DescriptorFile.obstacle(new LockPath(path));
		if (!obstacle.isEmpty()) {
			return obstacle;
		}
		DescriptorFile.open(new LockPath(path)).close();
		return "opened";
	}

	/**
	 * Obeys on a thread that is interrupted, and says whether it still is.
	 */
	private String interrupted(String[] words) {
		Thread.currentThread().interrupt();
		String answer = obey(words);
		return answer + (Thread.interrupted() ? ", still interrupted" : ", no longer interrupted");
	}

}
