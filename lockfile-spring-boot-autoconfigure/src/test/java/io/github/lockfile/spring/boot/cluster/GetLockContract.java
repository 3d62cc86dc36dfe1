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

import java.time.Duration;
import java.util.List;

import io.github.lockfile.spring.boot.watch.ClusterLockEvent.State;
import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What MariaDB and MySQL promise beside what every engine does.
 */
abstract class GetLockContract extends ClusterLockContract {

	@Test
	void aStoppedHolderIsReplacedAfterItsLeaseAndEnds() {
		ChildJvm holder = worker(Duration.ZERO).awaitOutput("HELD");
		long stopped = System.nanoTime();
		TestEngine.signal("STOP", holder.pid());
		ClusterLock next = acquire(this.engine.url(), LEASE.multipliedBy(2), this.listener);
		Duration takeover = Duration.ofNanos(System.nanoTime() - stopped);
		TestEngine.signal("CONT", holder.pid());
		assertThat(takeover).isBetween(LEASE.multipliedBy(5).dividedBy(6), LEASE.multipliedBy(2));
		assertThat(holder.awaitExit()).isEqualTo(75);
		// It has a second to ask, which a busy machine may not give it.
		assertThat(holder.output()).contains("FENCED")
			.containsAnyOf("LOST another instance has it: session ", "DEADLINE");
		assertThat(next.state().state().isHeld()).isTrue();
	}

	@Test
	void theQueryOfThePageFindsTheHolder() throws Exception {
		acquire();
		assertThat(foundByTheQueryOfThePage("PROCESSLIST")).isEqualTo("1");
	}

	@Test
	void refusesAReadOnlyServer() {
		this.engine.execute("set global read_only = 1");
		try {
			assertUnavailable(this.engine.url(), "it is read-only");
		}
		finally {
			this.engine.execute("set global read_only = 0");
		}
	}

	/**
	 * As before a planned change of the primary.
	 */
	@Test
	void aServerThatHasBecomeReadOnlyIsLeft() {
		ClusterLock lock = acquire();
		this.engine.execute("set global read_only = 1");
		try {
			Awaitility.await()
				.until(() -> lock.state().state() == State.FENCED && lock.state().reason().contains("read-only"));
			Awaitility.await().until(() -> this.engine.holders(this.name) == 0);
		}
		finally {
			this.engine.execute("set global read_only = 0");
		}
		Awaitility.await().until(lock::isHeld);
		assertThat(this.listener.statesWithoutPauses()).containsExactly(State.FENCED, State.RESTORED);
	}

	@Test
	void noVariableOfItsSessionHidesThatItsServerIsReadOnly() {
		this.engine.execute("set global read_only = 1");
		try {
			for (String variables : variables()) {
				assertUnavailable(this.engine.url() + "&sessionVariables=" + variables, "it is read-only");
			}
		}
		finally {
			this.engine.execute("set global read_only = 0");
		}
	}

	/**
	 * Returns variables of a session by which an answer is another one.
	 * @return assignments
	 */
	abstract List<String> variables();

	@Test
	void noVariableOfItsSessionDisturbsItsHolder() {
		long before = statements();
		ClusterLock lock = acquire(
				this.engine.url() + "&sessionVariables=div_precision_increment=0,timestamp=1,sql_select_limit=0",
				Duration.ZERO, this.listener);
		long start = System.nanoTime();
		Awaitility.await().until(() -> System.nanoTime() - start > Duration.ofSeconds(2).toNanos());
		assertThat(lock.state().state()).isEqualTo(State.HELD);
		assertThat(statements() - before).as("statements in two seconds").isLessThan(300);
	}

	private long statements() {
		return (long) this.engine.statements();
	}

	@Test
	void namesAreAsTheyAreWrittenAndOfAnyLength() {
		this.name = "Orders";
		acquire();
		this.name = "orders";
		acquire();
		this.name = "n".repeat(500) + "1";
		acquire();
		this.name = "n".repeat(500) + "2";
		acquire();
		assertThat(this.engine.holders(this.name)).isEqualTo(1);
	}

	@Test
	void aQuoteInTheNameIsNothingSpecial() {
		this.name = "it's \\ \"quoted\"";
		acquire().close();
		acquire();
	}

	@Test
	void saysNoSecret() {
		String url = this.engine.url().replace("tEst", "wrong");
		assertUnavailable(url, "Access denied for user 'keeper'");
		assertUnavailable(this.engine.url().replace("127.0.0.1:" + this.engine.port, "127.0.0.1:nan"), "");
	}

	@Test
	void noLimitOfTheServerHitsItsSession() {
		String limit = limit();
		this.engine.execute("set global %s, global wait_timeout = 1, global sql_select_limit = 0".formatted(limit));
		try {
			DatabaseSession session = session();
			DatabaseSession watcher = session();
			Awaitility.await()
				.until(() -> watcher.isTrue("select coalesce(max(time), 2) >= 2 from information_schema.processlist"
						+ " where concat(id, '@', user, '@', host) = ?", session.identity()));
			watcher.close();
			assertThat(text(session, "select sum(sleep(0.2)) from (select 1 union select 2) t")).isEqualTo("0");
			assertThat(session.tryLock()).isTrue();
			session.close();
		}
		finally {
			this.engine
				.execute("set global %s = default, global wait_timeout = default, global sql_select_limit = default"
					.formatted(limit.replaceFirst(" =.*", "")));
		}
	}

	/**
	 * Returns a limit of the time of a statement that is shorter than a tenth of a
	 * second.
	 * @return an assignment
	 */
	abstract String limit();

	@Test
	void aConnectionThatBeginsATransactionIsGoodEnough() {
		ClusterLock lock = acquire(this.engine.url() + "&sessionVariables=autocommit=0", Duration.ZERO, this.listener);
		assertThat(lock.state().state()).isEqualTo(State.HELD);
	}

	@Test
	void aWrongPasswordIsTriedOnce() {
		long before = refused();
		assertUnavailable(this.engine.url().replace("tEst", "wrong"), Duration.ofSeconds(20),
				"Access denied for user 'keeper'");
		assertThat(refused() - before).isEqualTo(1);
	}

	private long refused() {
		return Long.parseLong(String
			.valueOf(this.engine.value("select variable_value from %s where variable_name = 'Aborted_connects'"
				.formatted(((TestGetLockEngine) this.engine).status()))));
	}

}
