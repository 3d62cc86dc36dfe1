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

package io.github.lockfile.torture;

import java.io.IOException;
import java.nio.file.Path;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileException;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import org.jspecify.annotations.Nullable;

/**
 * Acquires and verifies without a pause from {@code go} on, until it is told to judge.
 */
final class MoveTortureWorker implements Obedient {

	private static final int LOOKS = 10;

	private final Path lockFile;

	private @Nullable LockFile lock;

	private @Nullable Verification last;

	private String lost = "";

	private MoveTortureWorker(Path lockFile) {
		this.lockFile = lockFile;
	}

	public static void main(String[] args) throws IOException {
		new MoveTortureWorker(Path.of(args[0])).obey();
	}

	@Override
	public String answer(String command) {
		return switch (command) {
			case "go" -> {
				this.lost = "";
				// The first attempt is made before anything moves.
				step();
				yield "going";
			}
			case "judge" -> judge();
			case "close" -> close();
			default -> throw new IllegalArgumentException(command);
		};
	}

	@Override
	public void step() {
		LockFile held = this.lock;
		if (held == null) {
			try {
				this.lock = LockFile.acquire(this.lockFile, ContentTemplate.of("{pid}"));
			}
			catch (LockFileException ex) {
				// By another one, or in the way; the next attempt may have it.
				Thread.onSpinWait();
			}
			return;
		}
		Verification found = held.verify();
		this.last = found;
		if (found.status() == Status.LOST) {
			this.lost = found.reason();
			this.lock = null;
		}
	}

	/**
	 * Says what is true when nothing moves any more.
	 */
	private String judge() {
		for (int i = 0; this.lock != null && i < LOOKS; i++) {
			step();
			if (this.last != null && this.last.status() == Status.HELD) {
				return "HELD";
			}
		}
		return (this.lock == null) ? "nothing " + this.lost : "doubt " + this.last;
	}

	private String close() {
		if (this.lock != null) {
			this.lock.close();
			this.lock = null;
		}
		return "closed";
	}

}
