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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the lock does on each engine while all is well.
 */
abstract class ClusterLockContract extends EngineTestCase {

	@Test
	void refusesASecondAndNamesTheHolder() {
		acquire();
		assertThatExceptionOfType(ClusterLockHeldException.class).isThrownBy(this::acquire)
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(75))
			.withMessageContaining("holds the cluster lock 'refusesASecondAndNamesTheHolder'")
			.withMessageContaining("@127.0.0.1:")
			.withMessageNotContainingAny("s3cret", "?", "password");
		assertThat(this.engine.holders(this.name)).isEqualTo(1);
	}

	@Test
	void anotherNameIsAnotherLock() {
		acquire();
		this.name = "another";
		assertThat(acquire().state().state()).isEqualTo(State.HELD);
	}

	@Test
	void closingFreesTheLockBeforeItReturns() {
		for (int i = 0; i < 5; i++) {
			ClusterLock lock = acquire();
			lock.close();
			assertThat(this.engine.holders(this.name)).isZero();
			assertThat(lock.state().state()).isEqualTo(State.RELEASED);
		}
	}

	@Test
	void isHeldForLongerThanItsLeaseByOneThatIsBusy() {
		ClusterLock lock = acquireWithRoom(this.engine.url());
		// As a migration keeps the thread that took the lock busy.
		assertHeldFor(ROOMY_LEASE.plusSeconds(5), lock);
	}

	@Test
	void aStatementThatSomebodyCancelsLetsNothingGo() {
		ClusterLock lock = acquireWithRoom(this.engine.url());
		for (int i = 0; i < 20; i++) {
			this.engine.cancelStatement(this.name);
		}
		assertHeldFor(ROOMY_LEASE.dividedBy(4), lock);
	}

	@Test
	void aSessionThatWasWaitedForInVainIsNotAskedAgain() throws Exception {
		TcpProxy proxy = opened(new TcpProxy(this.engine.port));
		DatabaseSession session = session(this.engine.url("127.0.0.1", proxy.port()));
		assertThat(session.tryLock()).isTrue();
		assertThat(session.isBroken()).isFalse();
		// The answer comes, but after the end of all patience.
		proxy.delay(LEASE.dividedBy(4).toMillis());
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(session::isHeld);
		assertThat(session.isBroken()).isTrue();
		session.close();
	}

	/**
	 * Returns how many holders the query finds that docs/cluster.md gives to operators.
	 * @param table what it reads
	 * @return the number
	 */
	@Nullable String foundByTheQueryOfThePage(String table) throws IOException {
		String page = Files.readString(Path.of("../docs/cluster.md"));
		Matcher query = Pattern.compile("```sql\\n([^`]*" + table + "[^`]*);\\n```").matcher(page);
		assertThat(query.find()).isTrue();
		return this.engine
			.value("select count(*) from (" + query.group(1).replace(":orders'", ":" + this.name + "'") + ") holders");
	}

	@Test
	void aSlowConnectionIsGoodEnough() throws Exception {
		TcpProxy proxy = opened(new TcpProxy(this.engine.port));
		proxy.delay(300);
		ClusterLock lock = acquireWithRoom(this.engine.url("127.0.0.1", proxy.port()));
		assertHeldFor(ROOMY_LEASE.plusSeconds(5), lock);
	}

}
