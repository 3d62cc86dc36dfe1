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

package io.github.lockfile.testsupport;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;

/**
 * A process that attempts to acquire a lock file again and again, and says at the end how
 * that went.
 */
public final class Contender {

	private Contender() {
	}

	/**
	 * Starts a contender and waits until it has made its first attempt.
	 * @param path the lock file
	 * @param attempts how many attempts it makes
	 * @return the running process
	 */
	public static ChildJvm start(Path path, int attempts) {
		return ChildJvm.start(Contender.class, path, attempts).awaitOutput("attempting");
	}

	/**
	 * Returns what a contender says if all its attempts are refused.
	 * @param attempts how many attempts it makes
	 * @param content the record of the holder
	 * @return what it says
	 */
	public static String allRefused(int attempts, String content) {
		return "acquired 0, refused in the name of {" + content + "=" + attempts + "}";
	}

	/**
	 * Attempts.
	 * @param args the path, and how many times
	 */
	public static void main(String[] args) {
		Path path = Path.of(args[0]);
		int attempts = Integer.parseInt(args[1]);
		Map<String, Integer> holders = new TreeMap<>();
		int acquired = 0;
		for (int i = 0; i < attempts; i++) {
			try (LockFile lock = LockFile.acquire(path, ContentTemplate.of("contender"))) {
				acquired += lock.content().length() / "contender".length();
			}
			catch (LockFileHeldException ex) {
				holders.merge(ex.holderContent(), 1, Integer::sum);
			}
			if (i == 0) {
				System.out.println("attempting");
			}
		}
		System.out.println("acquired " + acquired + ", refused in the name of " + holders);
	}

}
