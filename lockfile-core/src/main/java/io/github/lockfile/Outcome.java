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

/**
 * What came of an attempt to acquire. A refusal is no exception until the caller is to
 * see it: an attempt that waits is refused many times.
 */
sealed interface Outcome permits GuardedFile, Outcome.Refusal {

	/**
	 * Somebody else has the lock.
	 *
	 * @param holderContent what the holder recorded; empty if that is not known
	 * @param byThisJvm whether the holder is in this JVM
	 */
	record Refusal(String holderContent, boolean byThisJvm) implements Outcome {

		String holder() {
			return (this.byThisJvm ? "this JVM" : "another process")
					+ (this.holderContent.isEmpty() ? "" : ", which recorded: " + this.holderContent);
		}

	}

}
