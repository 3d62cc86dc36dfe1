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

package io.github.lockfile.spring.boot.cluster;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

/**
 * A session that has the lock, as the engine shows it to this user.
 *
 * @param identity what distinguishes this session from all others, including those before
 * a restart of the engine; {@code null} if not shown
 * @param id the engine's number for it
 * @param client who and where, if shown
 * @param content what it recorded, if shown
 * @param since when the session began, if shown
 */
record HolderInfo(@Nullable String identity, long id, @Nullable String client, @Nullable String content,
		@Nullable Instant since) {

	/**
	 * Whether this is the session with that identity.
	 * @param identity {@link ClusterSession#identity()}
	 * @return whether it certainly is
	 */
	boolean is(String identity) {
		return identity.equals(this.identity);
	}

	/**
	 * Whether this may be the session with that identity: credentials that were replaced
	 * may not show what the old ones did.
	 * @param identity {@link ClusterSession#identity()}
	 * @return whether nothing says that it is not
	 */
	boolean mayBe(String identity) {
		return is(identity) || (this.identity == null && identity.startsWith(this.id + "@"));
	}

	/**
	 * Describes the session for people.
	 * @return what the engine shows of it
	 */
	String description() {
		StringBuilder text = new StringBuilder();
		if (this.content != null && !this.content.isEmpty()) {
			text.append("'").append(this.content).append("', ");
		}
		text.append("session ").append(this.id);
		if (this.client != null) {
			text.append(" of ").append(this.client);
		}
		if (this.since != null) {
			text.append(" since ").append(this.since.truncatedTo(ChronoUnit.SECONDS));
		}
		return text.toString();
	}

}
